-- live_workers: with what they run.
SELECT id, name, queues, kinds, expires_at, (
    SELECT count(*) FROM jobs INDEXED BY jobs_running WHERE state = 'running' AND worker = workers.id)
FROM workers WHERE fenced = 0 AND expires_at > ?1 ORDER BY id
