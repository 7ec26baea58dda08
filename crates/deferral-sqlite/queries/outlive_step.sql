-- outlive_step: the clock was set forward, and no time passed: whoever lived keeps a whole lease.
UPDATE workers SET expires_at = max(expires_at, ?1 + lease)
WHERE fenced = 0 AND expires_at > ?2 AND lease > ?3
