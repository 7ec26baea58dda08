-- delete_effects: all of an owner.
DELETE FROM effects WHERE owner = ?1
