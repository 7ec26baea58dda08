-- job_lane: where a job is counted.
SELECT queue, kind, version FROM jobs WHERE id = ?1
