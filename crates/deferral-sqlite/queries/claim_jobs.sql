-- claim_jobs: begins an attempt of up to 16 jobs, each under its next token: what costs time is to
-- begin a statement, not the row. Places that are not needed are NULL, which is no number. `at`
-- stays: should the claim get lost, the job has its old place again.
UPDATE jobs SET state = 'running', worker = ?17, alone = 0, token = token + 1
WHERE number IN (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
    AND state = 'available'
