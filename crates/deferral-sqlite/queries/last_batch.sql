-- last_batch: where the last batch left the numbers that all processes count on.
SELECT number, writer, job_time FROM last_batch
