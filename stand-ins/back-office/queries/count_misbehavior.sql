-- count_misbehavior: kept in the database, so that a restart forgets none.
INSERT INTO misbehaviors (kind, times) VALUES (:kind, 1)
ON CONFLICT (kind) DO UPDATE SET times = times + 1;
