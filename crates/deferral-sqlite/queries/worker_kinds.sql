-- worker_kinds: what it can run.
SELECT kinds FROM workers WHERE id = ?1
