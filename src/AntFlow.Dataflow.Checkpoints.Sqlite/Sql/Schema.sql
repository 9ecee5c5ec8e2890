-- The checkpoints of AntFlow.Dataflow, schema version 3 (PRAGMA user_version; PRAGMA application_id is 'AFcp').
--
-- Design rules:
--  1. A file holds any number of runs. One writer at a time writes it (WAL); readers and the writer do not wait for each other.
--  2. An item takes one row, and one more row for each stage that it has passed. A run waits for writes, so only one secondary
--     index grows with the items: the one that finds an item by its id. An update of a row does not change it.
--  3. The key of an item is its rowid: epoch * 2^32 + number, assigned by the library. So keys rise in the order of acceptance,
--     new rows go to the end of their trees, and all rows of an epoch are one range of each tree.
--  4. An epoch is one opening of one run. AUTOINCREMENT never assigns the number of an epoch or a run twice, not even after a
--     run was deleted.
--  5. The rows of a run are found through its epochs. So steps, chunks and onces need no column for the run, and pieces of a
--     value can be written before their item: there are no foreign keys between them.
--  6. With every batch, an owner checks that runs.epoch is still its own. A lock on a file next to this one (<file>-run-<run>)
--     shows whether the process of the owner still runs. A row could not: it stays when the process ends.
--  7. A deleted run loses its row in runs at once, and its other rows a slice at a time, so that no writer waits for long. Epochs
--     without a run still have rows to delete; the next deletion removes them.
--  8. Times are ticks of 100 ns since 0001-01-01 UTC, and time spans are ticks: nothing is rounded. NULL means that there is none.
--  9. The library computes and checks the checksums; here they are numbers. STRICT keeps every type as it is declared.
-- 10. Columns that are read without the others (to count by state) come before columns that may be long.
-- 11. This text creates a new file. The steps in Migrations, one for each version, update an older file. Both result in the same
--     tables: a column that a step adds comes last here, too, and has a default or may be NULL.

CREATE TABLE store (
    -- Identifies this file: side files contain it, so that those of another file of the same name are not used.
    id BLOB NOT NULL
) STRICT;

CREATE TABLE runs (
    run         INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id      TEXT NOT NULL UNIQUE,
    epoch       INTEGER NOT NULL,             -- the last opening; 0 before the first
    owner       TEXT,                         -- the process that opened it last (see 6)
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
    state           INTEGER NOT NULL,         -- 0 unfinished, 1 succeeded, 2 failed, 3 canceled, 4 filtered
    stage           INTEGER NOT NULL,         -- the stage that it enters next
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
    width           INTEGER NOT NULL DEFAULT 0,  -- how many suspects may run together with it; 0: it is not a suspect
    lone_crashes    INTEGER NOT NULL DEFAULT 0,  -- the number of crashes at which it was the only running suspect
    value_stage     INTEGER                      -- the stage whose result it continues with; NULL: the one before "stage"; -2: unknown
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
    format      INTEGER NOT NULL DEFAULT 1,   -- the version of the rule that describes the shape of the value
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
    stage      TEXT NOT NULL,                 -- its name, so that a stage finds its answers after it was moved
    key        TEXT NOT NULL,
    generation INTEGER NOT NULL,
    state      INTEGER NOT NULL,              -- 0 forgotten, 1 begun, 2 answered, 3 answered but not saved
    stored_at  INTEGER NOT NULL,
    contract   INTEGER NOT NULL,              -- the shape of the answer
    checksum   INTEGER NOT NULL,
    answer     BLOB NOT NULL,
    format     INTEGER NOT NULL DEFAULT 1,    -- the version of the rule that makes the contract
    PRIMARY KEY (item, stage, key)
) STRICT, WITHOUT ROWID;

INSERT INTO store (id) VALUES (randomblob(16));
PRAGMA application_id = 0x41466370;
PRAGMA user_version = 3;
