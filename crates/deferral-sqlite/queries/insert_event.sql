-- insert_event: numbers are given by who decided, the key keeps them unique.
INSERT INTO events (operation, number, document) VALUES (?1, ?2, ?3)
