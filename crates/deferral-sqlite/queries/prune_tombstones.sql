-- prune_tombstones: from now on nobody knows that there was an operation.
DELETE FROM tombstones WHERE operation IN (
    SELECT operation FROM tombstones INDEXED BY tombstones_expiry
    WHERE expires_at <= ?1 ORDER BY expires_at, operation LIMIT ?2)
