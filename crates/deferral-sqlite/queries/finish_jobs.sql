-- finish_jobs: up to 16 jobs that completed in their first attempt, in one statement: what costs
-- time is to begin one, not the row. Places that are not needed are NULL, which is no id. A late
-- writer's token finds no row, and the count tells.
WITH ended (job, token) AS (VALUES
    (?1, ?2), (?3, ?4), (?5, ?6), (?7, ?8),
    (?9, ?10), (?11, ?12), (?13, ?14), (?15, ?16),
    (?17, ?18), (?19, ?20), (?21, ?22), (?23, ?24),
    (?25, ?26), (?27, ?28), (?29, ?30), (?31, ?32))
INSERT INTO finished_jobs (attempts, crashes, crashed_since, suspect, cancel_requested, last_error,
    state, at, id, tenant, operation, queue, kind, version, priority, token, created_at, trace)
SELECT 0, 0, NULL, 0, jobs.cancel_requested, NULL,
    'completed', ?33, jobs.id, jobs.tenant, jobs.operation, jobs.queue, jobs.kind, jobs.version,
    jobs.priority, jobs.token, jobs.created_at, jobs.trace
FROM ended CROSS JOIN jobs
    ON jobs.id = ended.job AND jobs.token = ended.token AND jobs.state = 'running'
