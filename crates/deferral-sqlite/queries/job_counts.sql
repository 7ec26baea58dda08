-- job_counts: unfinished jobs, counted when they changed and not now.
SELECT queue, kind, version, state, jobs FROM job_counts WHERE jobs > 0
ORDER BY queue, kind, version, state
