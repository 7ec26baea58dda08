-- suspects_wait: mostly there is none at all, and no need to look further.
SELECT EXISTS (SELECT 1 FROM jobs INDEXED BY jobs_suspect WHERE state = 'available' AND suspect = 1)
