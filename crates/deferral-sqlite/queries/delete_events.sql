-- delete_events: those of an operation below a number.
DELETE FROM events WHERE operation = ?1 AND number < ?2
