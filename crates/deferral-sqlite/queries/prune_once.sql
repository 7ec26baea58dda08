-- prune_once: keys that may be taken again.
DELETE FROM once WHERE (tenant, scope, key) IN (
    SELECT tenant, scope, key FROM once INDEXED BY once_expiry
    WHERE expires_at <= ?1 ORDER BY expires_at, tenant, scope, key LIMIT ?2)
