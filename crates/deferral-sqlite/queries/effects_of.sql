-- effects_of: all of an owner.
SELECT document FROM effects WHERE owner = ?1 ORDER BY name
