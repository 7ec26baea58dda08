-- live_worker: its lease, unless that is over.
SELECT expires_at, lease FROM workers WHERE id = ?1 AND fenced = 0 AND expires_at > ?2
