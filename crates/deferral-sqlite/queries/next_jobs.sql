-- next_jobs: unfinished ones behind a number, to be looked at for rot. It reads the table alone, so
-- that no torn index is in its way.
SELECT id, tenant, operation, queue, kind, version, priority, state, at, token, attempts, crashes,
    crashed_since, suspect, cancel_requested, created_at, trace, last_error, worker, alone, reason,
    checksum, coalesce(input, (SELECT bytes FROM large_inputs WHERE job = id)),
    number
FROM jobs WHERE number > ?1 ORDER BY number LIMIT ?2
