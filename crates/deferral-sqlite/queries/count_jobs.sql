-- count_jobs: adds what a whole batch changed, once per queue, kind, version and state. A number
-- that no count can be is damage: counted on from it, nothing could be written any more.
INSERT INTO job_counts (queue, kind, version, state, jobs) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT DO UPDATE
SET jobs = iif(abs(jobs / 2) < 1099511627776, jobs, 0) + excluded.jobs
