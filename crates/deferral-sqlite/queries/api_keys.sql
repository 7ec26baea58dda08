-- api_keys: one, or all of them, oldest first.
SELECT id, hash, tenant, settings, created_at, revoked_at FROM api_keys
WHERE ?1 IS NULL OR id = ?1 ORDER BY created_at, id
