-- note_batch: says in the transaction itself which one it is, so that a commit whose answer was
-- lost can be looked for.
INSERT INTO last_batch (only, number, writer, job_time) VALUES (1, ?1, ?2, ?3)
ON CONFLICT DO UPDATE
SET number = excluded.number, writer = excluded.writer, job_time = excluded.job_time
