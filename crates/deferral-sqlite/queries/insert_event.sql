-- insert_event: numbers are given by who decided, and guarded by the operation's version: what
-- stands under one already is damage, and must not be in the way for ever.
INSERT INTO events (operation, number, document) VALUES (?1, ?2, ?3)
ON CONFLICT DO UPDATE SET document = excluded.document
