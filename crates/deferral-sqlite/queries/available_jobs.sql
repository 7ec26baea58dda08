-- available_jobs: the first of one queue, kind and version. All it reads stands in the index, in
-- this order, so it costs the same however many wait.
SELECT priority, at, id, number FROM jobs INDEXED BY jobs_available
WHERE queue = ?1 AND kind = ?2 AND version = ?3 AND state = 'available' AND suspect = 0
ORDER BY priority, at, id LIMIT ?4
