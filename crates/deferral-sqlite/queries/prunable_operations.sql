-- prunable_operations: their time is over, if the documents say so too.
SELECT document, id, tenant, version, expires_at FROM operations INDEXED BY operations_expiry
WHERE expires_at IS NOT NULL AND expires_at <= ?1 ORDER BY expires_at, id LIMIT ?2
