-- list_running_jobs: there are never more of them than slots.
SELECT id, tenant, operation, queue, kind, version, priority, state, at, token, attempts, crashes,
    crashed_since, suspect, cancel_requested, created_at, trace, last_error, worker, alone, reason,
    checksum, coalesce(input, (SELECT bytes FROM large_inputs WHERE job = id))
FROM jobs INDEXED BY jobs_running
WHERE state = 'running' AND state = ?1
    AND id < coalesce(?4, x'ffffffffffffffffffffffffffffffffff')
    AND (?2 IS NULL OR kind = ?2)
    AND (?3 IS NULL OR queue = ?3)
ORDER BY id DESC
