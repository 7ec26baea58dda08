-- set_aside_job: what can't be read is not run again and again; its bytes stay as they are.
UPDATE jobs SET state = 'parked', at = ?3, reason = ?4, worker = NULL, alone = 0
WHERE id = ?1 AND state = ?2
