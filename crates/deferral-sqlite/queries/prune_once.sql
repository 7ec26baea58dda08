-- prune_once: keys that may be taken again. One whose operation is still there may be held by it.
DELETE FROM once WHERE number IN (
    SELECT number FROM once INDEXED BY once_expiry
    WHERE expires_at <= ?1
        AND NOT EXISTS (SELECT 1 FROM operations WHERE operations.id = once.operation)
    ORDER BY expires_at LIMIT ?2)
