-- read_damaged_again: the next one who meets it finds out whether it can be read now.
UPDATE jobs SET state = 'available', at = ?2, reason = NULL, worker = NULL, alone = 0, suspect = 0
WHERE id = ?1 AND state = 'parked'
