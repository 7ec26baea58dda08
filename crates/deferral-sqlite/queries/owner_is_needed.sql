-- owner_is_needed: effects stay as long as their operation or a job of it does.
SELECT EXISTS (SELECT 1 FROM operations WHERE id = ?1)
    OR EXISTS (SELECT 1 FROM jobs INDEXED BY jobs_operation WHERE operation = ?1)
    OR EXISTS (SELECT 1 FROM jobs WHERE id = ?1 AND operation IS NULL)
    OR EXISTS (SELECT 1 FROM finished_jobs INDEXED BY finished_jobs_operation WHERE operation = ?1)
    OR EXISTS (SELECT 1 FROM finished_jobs WHERE id = ?1 AND operation IS NULL)
