-- expired_gates: held operations that nobody decided in time.
SELECT document, id, tenant, version, expires_at FROM operations INDEXED BY operations_gate
WHERE gate_expires_at IS NOT NULL AND gate_expires_at <= ?1
ORDER BY gate_expires_at, id LIMIT ?2
