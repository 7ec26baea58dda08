-- delete_large_input: of a finished job.
DELETE FROM large_inputs WHERE job = ?1
