-- shorten_leases: none ends later than it would if it were renewed now. One that does was given
-- before the clock stepped back, or is torn; its worker renews it, if it lives.
UPDATE workers SET expires_at = ?1 + lease WHERE fenced = 0 AND expires_at - lease > ?1
