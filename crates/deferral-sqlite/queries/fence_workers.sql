-- fence_workers: a lease that was found to be over stays so, whatever the clock does.
UPDATE workers SET fenced = 1 WHERE fenced = 0 AND expires_at <= ?1
