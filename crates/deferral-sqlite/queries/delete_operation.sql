-- delete_operation: the row; what belongs to it goes with it.
DELETE FROM operations WHERE id = ?1
