-- insert_job: a job that nobody claimed yet.
INSERT INTO jobs (id, tenant, operation, queue, kind, version, priority, state, at, alone, token,
    attempts, crashes, suspect, cancel_requested, created_at, trace, checksum, input,
    waits_from)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0, 0, 0, 0, 0, ?10, ?11, ?12, ?13, ?14)
