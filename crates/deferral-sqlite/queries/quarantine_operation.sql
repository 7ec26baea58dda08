-- quarantine_operation: one that can't be read is not met again and again by what looks for its
-- time; its document stays as it is, and people find it by its mark.
UPDATE operations SET gate_expires_at = NULL, expires_at = NULL, attention = 1 WHERE id = ?1
