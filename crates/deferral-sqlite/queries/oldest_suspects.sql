-- oldest_suspects: all are looked at; there are never more than were in flight in a crash.
SELECT queue, min(at) FROM jobs INDEXED BY jobs_suspect
WHERE state = 'available' AND suspect = 1 GROUP BY queue
