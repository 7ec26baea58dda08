-- renew_worker: one write renews all leases of a worker, unless they are over.
UPDATE workers SET expires_at = ?3 WHERE id = ?1 AND fenced = 0 AND expires_at > ?2
