-- count_jobs: adds what a whole batch changed, once per queue, kind, version and state.
INSERT INTO job_counts (queue, kind, version, state, jobs) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT DO UPDATE SET jobs = jobs + excluded.jobs
