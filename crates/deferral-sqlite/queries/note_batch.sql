-- note_batch: says in the transaction itself which one it is, so that a commit whose answer was
-- lost can be looked for.
UPDATE last_batch SET number = ?1, writer = ?2, job_time = ?3
