-- due_jobs: the most overdue first, and one more to know when the next is due.
SELECT at, id, queue, kind, version FROM jobs INDEXED BY jobs_scheduled
WHERE state = 'scheduled' ORDER BY at, id LIMIT ?1
