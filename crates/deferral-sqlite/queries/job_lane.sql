-- job_lane: where a job is counted, and whose it is.
SELECT queue, kind, version, operation FROM jobs WHERE id = ?1
