-- worker_ids: whose processes to look for.
SELECT id FROM workers
