-- abandoned_jobs: claimed ones whose worker is gone or whose lease is over. There are never more
-- running jobs than slots, so looking at all of them is cheap.
SELECT id FROM jobs INDEXED BY jobs_running
WHERE state = 'running' AND NOT EXISTS (
    SELECT 1 FROM workers
    WHERE workers.id = jobs.worker AND fenced = 0 AND expires_at > ?1)
ORDER BY id LIMIT ?2
