-- operation_is_taken: an id is taken whoever has it, and for as long as it is remembered.
SELECT EXISTS (SELECT 1 FROM operations WHERE id = ?1)
    OR EXISTS (SELECT 1 FROM tombstones WHERE operation = ?1)
