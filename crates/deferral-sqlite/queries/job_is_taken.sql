-- job_is_taken: an id is taken by an unfinished job and by a finished one.
SELECT EXISTS (SELECT 1 FROM jobs WHERE id = ?1)
    OR EXISTS (SELECT 1 FROM finished_jobs WHERE id = ?1)
