-- has_effects: most owners have none.
SELECT EXISTS (SELECT 1 FROM effects WHERE owner = ?1)
