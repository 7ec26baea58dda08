-- drop_job: one that can't be read, so that it has no token to compare.
DELETE FROM jobs WHERE id = ?1
