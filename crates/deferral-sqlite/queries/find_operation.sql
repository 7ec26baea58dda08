-- find_operation: whoever has it, its time over or not: that is decided on what was read, since a
-- column that is torn must not hide it.
SELECT document, id, tenant, version, expires_at FROM operations WHERE id = ?1
