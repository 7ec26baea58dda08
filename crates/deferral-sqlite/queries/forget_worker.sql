-- forget_worker: what it still held is abandoned from now on.
DELETE FROM workers WHERE id = ?1
