-- oldest_available: of the next priority of a queue, kind and version: one seek.
SELECT priority, at FROM jobs INDEXED BY jobs_available
WHERE queue = ?1 AND kind = ?2 AND version = ?3 AND state = 'available' AND suspect = 0
    AND priority > ?4
ORDER BY priority, at LIMIT 1
