-- finish_jobs: up to 16 jobs that completed in their first attempt, in one statement: what costs
-- time is to begin one, not the row. Places that are not needed are NULL, which is no number. A
-- number may be another job's by now, so its id is compared too; a late writer's token finds no row,
-- and the count tells.
WITH ended (number, job, token) AS (VALUES
    (?1, ?2, ?3), (?4, ?5, ?6), (?7, ?8, ?9), (?10, ?11, ?12),
    (?13, ?14, ?15), (?16, ?17, ?18), (?19, ?20, ?21), (?22, ?23, ?24),
    (?25, ?26, ?27), (?28, ?29, ?30), (?31, ?32, ?33), (?34, ?35, ?36),
    (?37, ?38, ?39), (?40, ?41, ?42), (?43, ?44, ?45), (?46, ?47, ?48))
INSERT INTO finished_jobs (attempts, crashes, crashed_since, suspect, cancel_requested, last_error,
    state, at, id, tenant, operation, queue, kind, version, priority, token, created_at, trace)
SELECT 0, 0, NULL, 0, jobs.cancel_requested, NULL,
    'completed', ?49, jobs.id, jobs.tenant, jobs.operation, jobs.queue, jobs.kind, jobs.version,
    jobs.priority, jobs.token, jobs.created_at, jobs.trace
FROM ended CROSS JOIN jobs
    ON jobs.number = ended.number AND jobs.id = ended.job AND jobs.token = ended.token
    AND jobs.state = 'running'
