-- numbered_job: as job, of one that was just found.
SELECT id, tenant, operation, queue, kind, version, priority, state, at, token, attempts, crashes,
    crashed_since, suspect, cancel_requested, created_at, trace, last_error, worker, alone, reason,
    checksum, coalesce(input, (SELECT bytes FROM large_inputs WHERE job = id))
FROM jobs WHERE number = ?1
