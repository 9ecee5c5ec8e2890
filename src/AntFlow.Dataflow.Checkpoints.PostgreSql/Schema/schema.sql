-- The checkpoints of AntFlow.Dataflow, version 3 of the schema.
--
-- Design rules
--
--  1. All objects are in one schema, which is selected by search_path alone: no name is qualified, so one text serves every schema.
--  2. The table "about" identifies the schema. A newer schema, or one of another product, is refused and never changed.
--  3. The key of every row of a run begins with the number of the run: a run is read, counted and deleted by a range of keys, without the rows of other runs.
--  4. Values that the library guards with a checksum are read back bit by bit. So its instants are bigints (ticks of 100 ns since the year 1, UTC: see at()), because timestamptz
--     rounds to microseconds, and its texts are escaped where they contain what text cannot (backslash: \\, NUL: \0, half a surrogate pair: \uXXXX).
--  5. Instants that decide which process owns a run are timestamptz. Only the clock of the server sets and compares them: hosts need not agree on the time.
--  6. One opening of a run is one row (openings). Its number is the epoch, which rises in the store and is never used again. The row of the run names the opening that owns it.
--  7. A write locks the row of its run and compares the epoch there, in its own transaction. A process that takes the run over changes the epoch under the same lock. So if two
--     processes act as the owner, only one can write.
--  8. Renewing a lease updates the opening and not the run, so it never waits for a long write.
--  9. Rows that change are updated in place: no index contains a column that changes, and pages keep free space (fillfactor), so updates stay on their page and out of the indexes.
-- 10. There are no foreign keys except between runs and openings: rows come in bulk from one writer that has proved its ownership, and a check for each row would prove nothing more.
-- 11. Texts compare ordinally (collation "C").
-- 12. Texts that a user chooses and that may be long are not part of an index; their SHA-256 is (onces).
-- 13. Marks are overwritten most often and matter least: they are committed without waiting for the disk, and each slot keeps its one row (id is null while nothing runs).
-- 14. A deleted run loses its name and epoch at once, and its rows a slice at a time, so that no writer waits for long. Its row (run_id "\deleted <number>") shows that rows are left to
--     delete, and the next deletion finishes it.
-- 15. This text creates a new schema. The steps in Migrations, one for each version, update an older one. Both result in the same tables: a column that a step adds comes last here,
--     too, and has a default or may be null.

-- Identifies this schema. One row.
CREATE TABLE about
(
    application text    NOT NULL,
    version     integer NOT NULL
);

-- The runs.
CREATE TABLE runs
(
    number      integer     NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id      text        NOT NULL COLLATE "C" UNIQUE,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    written_at  timestamptz NOT NULL DEFAULT clock_timestamp(),   -- or opened
    epoch       integer,                                          -- its last opening; null only until it is opened first
    description text                                              -- the description of the pipeline
) WITH (fillfactor = 50);

-- The openings of runs: which process, when, and until when it owns the run.
CREATE TABLE openings
(
    epoch          integer     NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run            integer     NOT NULL REFERENCES runs ON DELETE CASCADE,
    host           text        NOT NULL,
    pid            integer     NOT NULL,
    process_start  bigint      NOT NULL,   -- distinguishes the process from a later one with the same pid
    process_space  text        NOT NULL,   -- where pids can be compared: one kernel since its boot, and one namespace of pids
    backend_pid    integer     NOT NULL,   -- the session that writes
    backend_start  timestamptz NOT NULL,
    opened_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    lease_until    timestamptz NOT NULL,
    ended_at       timestamptz,            -- when the run was released, or taken over
    planned_end_at timestamptz             -- when its process was asked to end
) WITH (fillfactor = 50);

CREATE INDEX openings_of_a_run ON openings (run);

-- The present state of the items. The key is the epoch in which the item was stored first, shifted by 32 bits, and a number.
CREATE TABLE items
(
    run             integer  NOT NULL,
    key             bigint   NOT NULL,
    id              text     NOT NULL COLLATE "C",
    sequence        bigint   NOT NULL,
    entry_stage     integer  NOT NULL,
    stage           integer  NOT NULL,   -- the one that it enters next
    state           smallint NOT NULL,   -- 0 unfinished, 1 succeeded, 2 failed, 3 canceled, 4 filtered
    priority        integer  NOT NULL,
    metadata        bytea    NOT NULL,
    task            integer  NOT NULL,   -- the one that failed last
    attempts        integer  NOT NULL,   -- failed attempts of that task
    crashes         integer  NOT NULL,
    crash_epoch     bigint   NOT NULL,
    next_attempt_at bigint,
    backoff         bigint   NOT NULL,
    error           bytea    NOT NULL,
    stored_at       bigint   NOT NULL,
    checksum        integer  NOT NULL,
    width           integer  NOT NULL DEFAULT 0,   -- how many suspects may run together with it; 0: it is not a suspect
    lone_crashes    integer  NOT NULL DEFAULT 0,   -- the number of crashes at which it was the only running suspect
    value_stage     integer,                       -- the stage whose result it continues with; null: the one before "stage"; -2: unknown
    PRIMARY KEY (run, key),
    UNIQUE (run, id)
) WITH (fillfactor = 70);

-- The results of the stages of an item; stage -1 is its input.
CREATE TABLE steps
(
    run         integer NOT NULL,
    item        bigint  NOT NULL,
    stage       integer NOT NULL,
    value       bytea   NOT NULL,   -- empty if it is in chunks
    chunks      integer NOT NULL,   -- their number
    attempts    integer NOT NULL,
    is_skipped  boolean NOT NULL,
    is_told     boolean NOT NULL,
    finished_at bigint  NOT NULL,
    checksum    integer NOT NULL,
    format      integer NOT NULL DEFAULT 1,   -- the version of the rule that describes the shape of the value
    PRIMARY KEY (run, item, stage)
) WITH (fillfactor = 90);

-- The pieces of large values.
CREATE TABLE chunks
(
    run      integer NOT NULL,
    item     bigint  NOT NULL,
    stage    integer NOT NULL,
    index    integer NOT NULL,
    data     bytea   NOT NULL,
    checksum integer NOT NULL,
    PRIMARY KEY (run, item, stage, index)
);

-- The calls of OnceAsync, with their answers.
CREATE TABLE onces
(
    run        integer  NOT NULL,
    item       bigint   NOT NULL,
    name_hash  bytea    NOT NULL,   -- SHA-256 of <length of stage>:<stage><key> in UTF-16
    stage      text     NOT NULL,   -- its name, so that a stage finds its answers after it was moved
    key        text     NOT NULL,
    generation integer  NOT NULL,
    state      smallint NOT NULL,   -- 0 forgotten, 1 begun, 2 answered, 3 answered but not saved
    answer     bytea    NOT NULL,
    stored_at  bigint   NOT NULL,
    contract   integer  NOT NULL,   -- the shape of the answer
    checksum   integer  NOT NULL,
    format     integer  NOT NULL DEFAULT 1,   -- the version of the rule that makes the contract
    PRIMARY KEY (run, item, name_hash)
) WITH (fillfactor = 70);

-- The running attempts, a row for each worker. Rows that an owner leaves here were running when its process crashed.
CREATE TABLE marks
(
    run   integer NOT NULL,
    epoch integer NOT NULL,
    slot  integer NOT NULL,
    stage integer NOT NULL,
    id    text,
    PRIMARY KEY (run, epoch, slot)
) WITH (fillfactor = 50);

-- Converts an instant of the library to a time, for queries by hand.
CREATE FUNCTION at(ticks bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT to_timestamp((ticks - 621355968000000000) / 10000000.0) $$;

INSERT INTO about (application, version) VALUES ('AntFlow.Dataflow.Checkpoints', 3);
