-- owned_operation: as it stands, its time over or not.
SELECT document FROM operations WHERE id = ?1 AND tenant = ?2
