-- free_key: a record that was found to be no obstacle.
DELETE FROM once WHERE number = ?1
