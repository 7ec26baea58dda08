-- list_finished_jobs: without their inputs.
SELECT id, tenant, operation, queue, kind, version, priority, state, at, token, attempts, crashes,
    crashed_since, suspect, cancel_requested, created_at, trace, last_error, NULL, 0, NULL, 0, x''
FROM finished_jobs
WHERE id < coalesce(?4, x'ffffffffffffffffffffffffffffffffff')
    AND (?1 IS NULL OR state = ?1)
    AND (?2 IS NULL OR kind = ?2)
    AND (?3 IS NULL OR queue = ?3)
ORDER BY id DESC
