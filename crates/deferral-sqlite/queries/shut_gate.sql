-- shut_gate: an operation that can't be read is not reported for ever; its document stays.
UPDATE operations SET gate_expires_at = NULL, attention = 1 WHERE id = ?1
