-- delete_item_errors: all of an operation.
DELETE FROM item_errors WHERE operation = ?1
