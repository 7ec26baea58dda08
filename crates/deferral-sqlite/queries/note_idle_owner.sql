-- note_idle_owner: the next prune looks whether its effects are still needed.
INSERT INTO idle_owners (owner) VALUES (?1) ON CONFLICT DO NOTHING
