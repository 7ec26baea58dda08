-- available_suspects: as available_jobs, of those that run one at a time.
SELECT priority, at, id, number FROM jobs INDEXED BY jobs_suspect
WHERE queue = ?1 AND kind = ?2 AND version = ?3 AND state = 'available' AND suspect = 1
ORDER BY priority, at, id LIMIT ?4
