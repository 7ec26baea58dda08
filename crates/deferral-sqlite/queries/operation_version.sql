-- operation_version: what a commit compares.
SELECT version FROM operations WHERE id = ?1 AND tenant = ?2
