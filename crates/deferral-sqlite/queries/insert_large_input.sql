-- insert_large_input: apart, so that a change of the job's state does not rewrite it.
INSERT INTO large_inputs (job, bytes) VALUES (?1, ?2)
