-- forget_idle_owner: it was looked at; if it is needed, it comes back with its last loss.
DELETE FROM idle_owners WHERE owner = ?1
