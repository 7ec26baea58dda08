-- count_misbehavior
INSERT INTO misbehaviors (kind, times) VALUES (:kind, 1)
ON CONFLICT (kind) DO UPDATE SET times = times + 1;
