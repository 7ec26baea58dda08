-- find_tombstone: whether this tenant had an operation that is gone.
SELECT EXISTS (SELECT 1 FROM tombstones WHERE operation = ?1 AND tenant = ?2)
