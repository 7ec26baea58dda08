-- prunable_jobs: finished long enough ago, and whose effects they used.
SELECT id, coalesce(operation, id) FROM finished_jobs INDEXED BY finished_jobs_expiry
WHERE at <= ?1 ORDER BY at, id LIMIT ?2
