-- take_key: over a record that was found to be no obstacle.
INSERT INTO once (tenant, scope, key, fingerprint, operation, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT DO UPDATE
SET fingerprint = excluded.fingerprint,
    operation = excluded.operation,
    expires_at = excluded.expires_at
