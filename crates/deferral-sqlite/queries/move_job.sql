-- move_job: ends an attempt, or wakes what waits, and keeps the job. The state and the token prove
-- that nobody else did.
UPDATE jobs
SET attempts = ?4, crashes = ?5, crashed_since = ?6, suspect = ?7,
    cancel_requested = max(cancel_requested, ?8), last_error = ?9,
    state = ?10, at = ?11, reason = ?12, waits_from = ?13, worker = NULL, alone = 0
WHERE id = ?1 AND state = ?2 AND token = ?3
