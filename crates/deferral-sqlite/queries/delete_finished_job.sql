-- delete_finished_job: its time is over.
DELETE FROM finished_jobs WHERE id = ?1
