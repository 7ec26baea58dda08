-- list_operations_open: of a tenant and a status that is not final.
SELECT document, id, tenant, version, expires_at FROM operations INDEXED BY operations_open
WHERE tenant = ?1 AND status = ?2 AND expires_at IS NULL
    AND id < coalesce(?7, x'ffffffffffffffffffffffffffffffffff')
    AND (?3 IS NULL OR kind = ?3)
    AND (?4 IS NULL OR correlation = ?4)
    AND (?5 IS NULL OR stage = ?5)
    AND (NOT ?6 OR attention = 1)
    AND (expires_at IS NULL OR expires_at > ?8)
ORDER BY id DESC
