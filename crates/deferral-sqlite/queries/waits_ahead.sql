-- waits_ahead: scheduled jobs whose wait began later than now, since the clock was set back.
SELECT id, at, waits_from FROM jobs INDEXED BY jobs_waits
WHERE state = 'scheduled' AND waits_from > ?1 ORDER BY waits_from, id LIMIT ?2
