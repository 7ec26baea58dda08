-- return_job: takes back a claim that its caller never heard of.
UPDATE jobs SET state = 'available', worker = NULL, alone = 0
WHERE id = ?1 AND state = 'running' AND token = ?2
