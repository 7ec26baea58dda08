-- finish_job: the job as it ended, apart from those that still have to run. A late writer's token
-- finds no row, so nothing is written.
INSERT INTO finished_jobs (attempts, crashes, crashed_since, suspect, cancel_requested, last_error,
    state, at, id, tenant, operation, queue, kind, version, priority, token, created_at, trace)
SELECT ?4, ?5, ?6, ?7, max(cancel_requested, ?8), ?9,
    ?10, ?11, id, tenant, operation, queue, kind, version, priority, token, created_at, trace
FROM jobs WHERE id = ?1 AND state = ?2 AND token = ?3
