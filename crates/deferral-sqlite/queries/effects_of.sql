-- effects_of: all of an owner, each with the name that it is found by.
SELECT document, name FROM effects WHERE owner = ?1 ORDER BY name
