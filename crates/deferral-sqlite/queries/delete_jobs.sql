-- delete_jobs: once they are among the finished ones. That statement has just compared the id and
-- the token of each, in the same transaction.
DELETE FROM jobs
WHERE number IN (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
