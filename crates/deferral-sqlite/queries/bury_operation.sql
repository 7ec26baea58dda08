-- bury_operation: remembers that there was one.
INSERT INTO tombstones (operation, tenant, expires_at) VALUES (?1, ?2, ?3)
ON CONFLICT DO UPDATE SET tenant = excluded.tenant, expires_at = excluded.expires_at
