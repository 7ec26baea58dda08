-- schema: what the bank knows. Nothing here is unique by mp_uuid or reference:
-- this bank does what it is told, as often as it is told.
CREATE TABLE IF NOT EXISTS mass_payments (
    id            TEXT PRIMARY KEY,
    mp_uuid       TEXT,
    reference     TEXT,
    sell_currency TEXT,
    lines         INTEGER NOT NULL,
    received_at   INTEGER NOT NULL,
    processed_at  INTEGER NOT NULL,
    confirmed_at  INTEGER,
    created_at    INTEGER,
    canceled_at   INTEGER,
    CHECK ((confirmed_at IS NULL) = (created_at IS NULL)),
    CHECK (confirmed_at IS NULL OR canceled_at IS NULL)
) STRICT;

CREATE INDEX IF NOT EXISTS mass_payments_by_mp_uuid ON mass_payments (mp_uuid);

CREATE TABLE IF NOT EXISTS lines (
    mass_payment TEXT NOT NULL REFERENCES mass_payments (id),
    position     INTEGER NOT NULL,
    line_id      TEXT NOT NULL,
    amount       TEXT NOT NULL,
    currency     TEXT NOT NULL,
    reference    TEXT,
    refusal      TEXT,
    PRIMARY KEY (mass_payment, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS ledger (
    entry        INTEGER PRIMARY KEY,
    mass_payment TEXT NOT NULL REFERENCES mass_payments (id),
    position     INTEGER NOT NULL,
    reference    TEXT NOT NULL,
    line_id      TEXT NOT NULL,
    amount       TEXT NOT NULL,
    currency     TEXT NOT NULL,
    paid_at      INTEGER NOT NULL,
    UNIQUE (mass_payment, position)
) STRICT;

CREATE INDEX IF NOT EXISTS ledger_by_key ON ledger (reference, line_id);

CREATE TABLE IF NOT EXISTS misbehaviors (
    kind  TEXT PRIMARY KEY,
    times INTEGER NOT NULL
) STRICT;
