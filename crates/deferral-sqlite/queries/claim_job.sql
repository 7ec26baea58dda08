-- claim_job: begins an attempt under the next token. `at` stays: should the claim get lost, the
-- job has its old place again.
UPDATE jobs SET state = 'running', worker = ?3, alone = 0, token = token + 1
WHERE id = ?1 AND state = 'available' AND token = ?2
