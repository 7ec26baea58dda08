-- note_job: tells a job something and leaves it where it is. Cancellation is never taken back: the
-- attempt that writes this may not know of it yet.
UPDATE jobs
SET attempts = ?4, crashes = ?5, crashed_since = ?6, suspect = ?7,
    cancel_requested = max(cancel_requested, ?8), last_error = ?9, alone = max(alone, ?10)
WHERE id = ?1 AND state = ?2 AND token = ?3
