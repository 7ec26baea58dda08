-- find_key: who has a key. Digests of different keys may be the same; that is looked at too.
SELECT number, fingerprint, operation, expires_at FROM once INDEXED BY once_digest
WHERE digest = ?1 AND tenant = ?2 AND scope = ?3 AND key = ?4
