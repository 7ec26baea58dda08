-- list_operations_of_tenant: whatever became of them.
SELECT document, id, tenant, version, expires_at FROM operations INDEXED BY operations_tenant
WHERE tenant = ?1
    AND id < coalesce(?7, x'ffffffffffffffffffffffffffffffffff')
    AND (?2 IS NULL OR status = ?2)
    AND (?3 IS NULL OR kind = ?3)
    AND (?4 IS NULL OR correlation = ?4)
    AND (?5 IS NULL OR stage = ?5)
    AND (NOT ?6 OR attention = 1)
    AND (expires_at IS NULL OR expires_at > ?8)
ORDER BY id DESC
