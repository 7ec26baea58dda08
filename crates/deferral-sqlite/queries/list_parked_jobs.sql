-- list_parked_jobs: those that wait for a person are few among those that wait for a worker.
SELECT id, tenant, operation, queue, kind, version, priority, state, at, token, attempts, crashes,
    crashed_since, suspect, cancel_requested, created_at, trace, last_error, worker, alone, reason,
    checksum, coalesce(input, (SELECT bytes FROM large_inputs WHERE job = id))
FROM jobs INDEXED BY jobs_parked
WHERE state = 'parked' AND state = ?1
    AND id < coalesce(?4, x'ffffffffffffffffffffffffffffffffff')
    AND (?2 IS NULL OR kind = ?2)
    AND (?3 IS NULL OR queue = ?3)
ORDER BY id DESC
