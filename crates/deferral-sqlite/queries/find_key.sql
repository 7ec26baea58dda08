-- find_key: who has a key.
SELECT fingerprint, operation, expires_at FROM once WHERE tenant = ?1 AND scope = ?2 AND key = ?3
