-- write_effect: as given, over what is there.
INSERT INTO effects (owner, name, document) VALUES (?1, ?2, ?3)
ON CONFLICT DO UPDATE SET document = excluded.document
