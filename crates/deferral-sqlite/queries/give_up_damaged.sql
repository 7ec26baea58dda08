-- give_up_damaged: among the finished ones, as far as it can be read.
INSERT INTO finished_jobs (attempts, crashes, suspect, cancel_requested, last_error,
    state, at, id, tenant, operation, queue, kind, version, priority, token, created_at)
SELECT 0, 0, 0, 0, ?2, 'failed', ?3, id, tenant, operation, queue, kind, version, priority, token,
    created_at
FROM jobs WHERE id = ?1
