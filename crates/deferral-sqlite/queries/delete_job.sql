-- delete_job: once it is among the finished ones.
DELETE FROM jobs WHERE id = ?1 AND token = ?2
