-- next_jobs: unfinished ones behind an id, to be looked at for rot.
SELECT id, tenant, operation, queue, kind, version, priority, state, at, token, attempts, crashes,
    crashed_since, suspect, cancel_requested, created_at, trace, last_error, worker, alone, reason,
    checksum, coalesce(input, (SELECT bytes FROM large_inputs WHERE job = id))
FROM jobs WHERE id > ?1 ORDER BY id LIMIT ?2
