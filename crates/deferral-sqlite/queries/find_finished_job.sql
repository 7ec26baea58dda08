-- find_finished_job: without its input.
SELECT id, tenant, operation, queue, kind, version, priority, state, at, token, attempts, crashes,
    crashed_since, suspect, cancel_requested, created_at, trace, last_error, NULL, 0, NULL, 0, x''
FROM finished_jobs WHERE id = ?1
