-- next_operations: unfinished ones behind a place, to be looked at for rot.
SELECT document, id, tenant, version, expires_at, status, kind, correlation, stage, attention,
    gate_expires_at
FROM operations INDEXED BY operations_open
WHERE expires_at IS NULL AND (tenant, status, id) > (?1, ?2, ?3)
ORDER BY tenant, status, id LIMIT ?4
