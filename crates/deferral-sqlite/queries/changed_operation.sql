-- changed_operation: unless it is still as seen, or gone.
SELECT document, id, tenant, version, expires_at FROM operations
WHERE id = ?1 AND version <> ?2 AND (expires_at IS NULL OR expires_at > ?3)
