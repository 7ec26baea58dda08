-- 0001: everything that the first version keeps.
--
-- Ids are the 16 bytes of a UUID, times whole microseconds since 1970, documents JSON. What is
-- filtered or compared is a column; the document beside it is the whole. There are no foreign keys:
-- a job may outlive its operation, and each commit checks what it rests on itself.

-- What callers asked for.
CREATE TABLE operations (
    id BLOB NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    kind TEXT NOT NULL,
    correlation TEXT,
    status TEXT NOT NULL,
    stage TEXT,
    version INTEGER NOT NULL,
    attention INTEGER NOT NULL,
    gate_expires_at INTEGER,
    expires_at INTEGER,
    document TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Lists are newest first: each of these indexes ends with the id.
CREATE INDEX operations_tenant ON operations (tenant);
CREATE INDEX operations_open ON operations (tenant, status) WHERE expires_at IS NULL;
CREATE INDEX operations_unsuccessful ON operations (status) WHERE status IN ('Failed', 'Canceled');
CREATE INDEX operations_correlation ON operations (correlation) WHERE correlation IS NOT NULL;
CREATE INDEX operations_attention ON operations (attention) WHERE attention = 1;
CREATE INDEX operations_gate ON operations (gate_expires_at) WHERE gate_expires_at IS NOT NULL;
CREATE INDEX operations_expiry ON operations (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE events (
    operation BLOB NOT NULL,
    number INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (operation, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE item_errors (
    operation BLOB NOT NULL,
    number INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (operation, number)
) STRICT, WITHOUT ROWID;

-- Operations that are gone: for a while it is known that there was one.
CREATE TABLE tombstones (
    operation BLOB NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX tombstones_expiry ON tombstones (expires_at);

-- Unfinished jobs. `at` is when a scheduled one is due, since when an available one waits (kept
-- while it runs), since when a parked one waits for a person. `waits_from` is since
-- when a scheduled one waits that waits for a while, not for a time. An input of more than a kilobyte
-- stands in large_inputs, so that a change of state does not rewrite it. A row is found by its
-- number with a third of the work that its id takes; a number may be given again once its row is gone.
CREATE TABLE jobs (
    number INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL,
    tenant TEXT NOT NULL,
    operation BLOB,
    queue TEXT NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    waits_from INTEGER,
    worker BLOB,
    alone INTEGER NOT NULL,
    token INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    crashes INTEGER NOT NULL,
    crashed_since INTEGER,
    suspect INTEGER NOT NULL,
    cancel_requested INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    trace TEXT,
    last_error TEXT,
    reason TEXT,
    checksum INTEGER NOT NULL,
    input BLOB
) STRICT;

CREATE UNIQUE INDEX jobs_id ON jobs (id);

-- One seek finds the next job of a queue, kind and version, however many wait beside it.
CREATE INDEX jobs_available ON jobs (queue, kind, version, priority, at, id)
    WHERE state = 'available' AND suspect = 0;
CREATE INDEX jobs_suspect ON jobs (queue, kind, version, priority, at, id)
    WHERE state = 'available' AND suspect = 1;
CREATE INDEX jobs_scheduled ON jobs (at, id) WHERE state = 'scheduled';
CREATE INDEX jobs_waits ON jobs (waits_from, id) WHERE state = 'scheduled';
CREATE INDEX jobs_running ON jobs (worker) WHERE state = 'running';
CREATE INDEX jobs_parked ON jobs (state, id) WHERE state = 'parked';
CREATE INDEX jobs_operation ON jobs (operation) WHERE operation IS NOT NULL;

CREATE TABLE large_inputs (
    job BLOB NOT NULL PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Finished jobs leave the hot table, and their inputs are dropped.
CREATE TABLE finished_jobs (
    id BLOB NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    operation BLOB,
    queue TEXT NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    token INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    crashes INTEGER NOT NULL,
    crashed_since INTEGER,
    suspect INTEGER NOT NULL,
    cancel_requested INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    trace TEXT,
    last_error TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX finished_jobs_expiry ON finished_jobs (at);
CREATE INDEX finished_jobs_operation ON finished_jobs (operation) WHERE operation IS NOT NULL;
CREATE INDEX finished_jobs_unsuccessful ON finished_jobs (state) WHERE state <> 'completed';

-- How many unfinished jobs stand where: kept by the writer, so that nobody has to count.
CREATE TABLE job_counts (
    queue TEXT NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    jobs INTEGER NOT NULL,
    PRIMARY KEY (queue, kind, version, state)
) STRICT, WITHOUT ROWID;

CREATE TABLE effects (
    owner BLOB NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (owner, name)
) STRICT, WITHOUT ROWID;

-- Owners that lost an operation or a job: the next prune looks whether it was the last one.
CREATE TABLE idle_owners (
    owner BLOB NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Keys that are taken. They stay for weeks, and come in no order: so what is sought is a digest of
-- tenant, scope and key, in an index that is a tenth of the table, and the table grows at its end.
CREATE TABLE once (
    number INTEGER NOT NULL PRIMARY KEY,
    digest INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    operation BLOB,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX once_digest ON once (digest);
CREATE INDEX once_expiry ON once (expires_at);

CREATE TABLE workers (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    queues TEXT NOT NULL,
    kinds TEXT NOT NULL,
    lease INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    fenced INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE leader (
    only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    worker BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    hash BLOB NOT NULL,
    tenant TEXT NOT NULL,
    settings TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

-- The last transaction that changed something: its number and who wrote it, to find out whether a
-- commit without an answer was written; and the last time that was given to a job, so that jobs
-- keep their order whatever the clock does.
CREATE TABLE last_batch (
    only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    number INTEGER NOT NULL,
    writer BLOB NOT NULL,
    job_time INTEGER NOT NULL
) STRICT;

INSERT INTO last_batch VALUES (1, 0, x'', -9223372036854775808);
