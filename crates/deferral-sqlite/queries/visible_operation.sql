-- visible_operation: one whose time is over is gone for everybody.
SELECT document FROM operations
WHERE id = ?1 AND tenant = ?2 AND (expires_at IS NULL OR expires_at > ?3)
