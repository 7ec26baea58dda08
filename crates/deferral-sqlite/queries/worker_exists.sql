-- worker_exists: a worker's row stands for its process.
SELECT EXISTS (SELECT 1 FROM workers WHERE id = ?1)
