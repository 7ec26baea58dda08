-- register_worker: with its first lease.
INSERT INTO workers (id, name, queues, kinds, lease, expires_at, fenced)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)
ON CONFLICT DO UPDATE
SET name = excluded.name, queues = excluded.queues, kinds = excluded.kinds,
    lease = excluded.lease, expires_at = excluded.expires_at, fenced = 0
