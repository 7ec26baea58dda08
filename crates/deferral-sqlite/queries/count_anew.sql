-- count_anew: the wait begins anew, as long as it was to last.
UPDATE jobs SET at = ?2, waits_from = ?3 WHERE id = ?1 AND state = 'scheduled'
