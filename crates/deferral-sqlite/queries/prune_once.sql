-- prune_once: keys that may be taken again.
DELETE FROM once WHERE number IN (
    SELECT number FROM once INDEXED BY once_expiry
    WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)
