-- find_operation: with its time, to tell the live one from the one that is gone.
SELECT document, expires_at FROM operations WHERE id = ?1 AND tenant = ?2
