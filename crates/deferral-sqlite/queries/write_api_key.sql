-- write_api_key: a new one, or over the one it revokes.
INSERT INTO api_keys (id, hash, tenant, settings, created_at, revoked_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT DO UPDATE
SET hash = excluded.hash, tenant = excluded.tenant, settings = excluded.settings,
    created_at = excluded.created_at, revoked_at = excluded.revoked_at
