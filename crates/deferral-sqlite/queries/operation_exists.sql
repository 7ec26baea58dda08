-- operation_exists: whether anybody's operation has this id.
SELECT EXISTS (SELECT 1 FROM operations WHERE id = ?1)
