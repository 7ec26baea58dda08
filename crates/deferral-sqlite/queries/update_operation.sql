-- update_operation: over the version that was read, else no row is changed.
UPDATE operations
SET tenant = ?2, kind = ?3, correlation = ?4, status = ?5, stage = ?6, version = ?7,
    attention = ?8, gate_expires_at = ?9, expires_at = ?10, document = ?11
WHERE id = ?1 AND version = ?12
