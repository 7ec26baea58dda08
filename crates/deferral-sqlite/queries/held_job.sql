-- held_job: whether an attempt still stands, and whether it is to stop.
SELECT cancel_requested FROM jobs
WHERE id = ?1 AND state = 'running' AND worker = ?2 AND token = ?3
