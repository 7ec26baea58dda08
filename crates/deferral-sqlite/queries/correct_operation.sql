-- correct_operation: the columns beside a document that can be read, as they should be. Only what
-- somebody seeks by is torn then; the whole is not.
UPDATE operations
SET tenant = ?2, kind = ?3, correlation = ?4, status = ?5, stage = ?6, version = ?7,
    attention = ?8, gate_expires_at = ?9, expires_at = ?10
WHERE id = ?1
