-- take_key: nobody has it, or its record was removed before.
INSERT INTO once (digest, tenant, scope, key, fingerprint, operation, expires_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
