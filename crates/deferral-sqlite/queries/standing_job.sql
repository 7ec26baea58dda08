-- standing_job: what a guard compares, and what the counts need to know.
SELECT tenant, state, token, worker, queue, kind, version, input IS NULL FROM jobs WHERE id = ?1
