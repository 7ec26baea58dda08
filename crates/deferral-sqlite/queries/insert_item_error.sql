-- insert_item_error: in the order in which they are written.
INSERT INTO item_errors (operation, number, document) VALUES (?1, ?2, ?3)
ON CONFLICT DO UPDATE SET document = excluded.document
