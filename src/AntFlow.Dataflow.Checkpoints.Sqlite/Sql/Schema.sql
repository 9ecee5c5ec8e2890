-- The checkpoints of AntFlow.Dataflow, schema version 2 (PRAGMA user_version; PRAGMA application_id is 'AFcp').
--
-- What it is designed by:
--  1. One file holds any number of runs, and one writer at a time writes it (WAL); readers never wait for him, nor he for them.
--  2. An item costs one row, and each stage it has passed another. Writing is what a run waits for: there is one secondary index
--     in all that grows with the items, the one that finds an item by its id, and a row that is written again leaves it alone.
--  3. The key of an item is its rowid: epoch * 2^32 + number, made by the library. So keys rise in the order of acceptance, new
--     rows go to the end of their trees, and all rows of an epoch are one range of each tree.
--  4. An epoch is one opening of one run. AUTOINCREMENT never gives one twice, not even after a run was deleted; nor a run.
--  5. What belongs to a run is found through its epochs. That is why steps, chunks and onces need no column for the run, and
--     why pieces of a value may be written before the item they are of: there are no foreign keys between them.
--  6. An owner proves with every batch that runs.epoch is still his; whether he lives is said by a lock on a file next to this
--     one (<file>-run-<run>), never by a row: a row cannot die with a process.
--  7. A deleted run loses its row in runs at once, and its other rows a slice at a time, so that nobody waits for long. Epochs
--     without a run are what is left to do; whoever deletes next finishes it.
--  8. Times are ticks of 100 ns since 0001-01-01 UTC, and spans are ticks: nothing is rounded. NULL says that there is none.
--  9. Checksums are made and checked by the library; here they are numbers like all others. STRICT keeps every type as declared.
-- 10. Columns that are read without the rest (counting by state) stand before those that may be long.
-- 11. A new file is made by this text, an older one is brought to it by the steps in Migrations, one for each version. Both give the
--     same tables: a column that a step adds stands last here, too, and has a default.

CREATE TABLE store (
    -- Tells this file from another of the same name: side files carry it.
    id BLOB NOT NULL
) STRICT;

CREATE TABLE runs (
    run         INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id      TEXT NOT NULL UNIQUE,
    epoch       INTEGER NOT NULL,             -- the last opening; 0 before the first
    owner       TEXT,                         -- who opened it last; whether he lives, see 6
    created_at  INTEGER NOT NULL,
    written_at  INTEGER NOT NULL,
    description TEXT
) STRICT;

CREATE TABLE epochs (
    epoch INTEGER PRIMARY KEY AUTOINCREMENT CHECK (epoch BETWEEN 1 AND 2147483647),
    run   INTEGER NOT NULL
) STRICT;

CREATE INDEX epochs_by_run ON epochs (run, epoch);

CREATE TABLE items (
    key             INTEGER PRIMARY KEY,      -- see 3
    run             INTEGER NOT NULL,
    state           INTEGER NOT NULL,         -- 0 unfinished, 1 succeeded, 2 failed, 3 canceled
    stage           INTEGER NOT NULL,         -- the one it enters next
    entry_stage     INTEGER NOT NULL,
    sequence        INTEGER NOT NULL,
    priority        INTEGER NOT NULL,
    task            INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,
    crashes         INTEGER NOT NULL,
    crash_epoch     INTEGER NOT NULL,
    next_attempt_at INTEGER,
    backoff         INTEGER NOT NULL,
    stored_at       INTEGER NOT NULL,
    checksum        INTEGER NOT NULL,
    id              TEXT NOT NULL,            -- s:home, n:17, g:<guid>
    metadata        BLOB NOT NULL,
    error           BLOB NOT NULL,
    width           INTEGER NOT NULL DEFAULT 0,  -- how many suspects may run together with it; 0: it is none
    lone_crashes    INTEGER NOT NULL DEFAULT 0   -- at how many crashes it was the only suspect that ran
) STRICT;

CREATE UNIQUE INDEX items_by_id ON items (run, id);

CREATE TABLE steps (
    item        INTEGER NOT NULL,
    stage       INTEGER NOT NULL,             -- -1 is the input
    chunks      INTEGER NOT NULL,             -- 0: the value is here
    attempts    INTEGER NOT NULL,
    is_skipped  INTEGER NOT NULL,
    is_told     INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    checksum    INTEGER NOT NULL,
    value       BLOB NOT NULL,
    format      INTEGER NOT NULL DEFAULT 1,   -- by which rule the shape of the value was described
    PRIMARY KEY (item, stage)
) STRICT, WITHOUT ROWID;

CREATE TABLE chunks (
    item     INTEGER NOT NULL,
    stage    INTEGER NOT NULL,
    piece    INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    data     BLOB NOT NULL,
    PRIMARY KEY (item, stage, piece)
) STRICT, WITHOUT ROWID;

CREATE TABLE onces (
    item       INTEGER NOT NULL,
    stage      TEXT NOT NULL,                 -- its name: a stage that has moved finds its answers
    key        TEXT NOT NULL,
    generation INTEGER NOT NULL,
    state      INTEGER NOT NULL,              -- 0 forgotten, 1 begun, 2 answered
    stored_at  INTEGER NOT NULL,
    contract   INTEGER NOT NULL,              -- what the answer looks like
    checksum   INTEGER NOT NULL,
    answer     BLOB NOT NULL,
    format     INTEGER NOT NULL DEFAULT 1,    -- by which rule the contract was made
    PRIMARY KEY (item, stage, key)
) STRICT, WITHOUT ROWID;

INSERT INTO store (id) VALUES (randomblob(16));
PRAGMA application_id = 0x41466370;
PRAGMA user_version = 2;
