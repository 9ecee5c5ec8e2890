-- The checkpoints of AntFlow.Dataflow, version 2 of the schema.
--
-- Design criteria
--
--  1. Everything here has a schema of its own and is addressed by search_path alone: no name is qualified, so one text serves every schema.
--  2. The schema says what it is (about). What is newer, or somebody else's, is refused and never altered.
--  3. The key of every row of a run begins with the number of the run: a run is read, counted and deleted by a range of its keys, and never through the rows of others.
--  4. Values that the library guards with a checksum come back bit by bit. So its instants are bigints (ticks of 100 ns since the year 1, UTC: see at()), because timestamptz
--     rounds to microseconds; and its texts are escaped where they hold what text cannot (backslash: \\, NUL: \0, half a surrogate pair: \uXXXX).
--  5. Instants that decide who owns a run are timestamptz, and set and compared by the server's clock alone: hosts need not agree on the time.
--  6. One opening of a run is one row (openings), its number the epoch: rising in the store, never used again. The row of the run names the opening it belongs to.
--  7. A write locks the row of its run and asks for its epoch there, in its own transaction. Whoever takes the run over changes the epoch under the same lock: so of two who
--     believe to own a run one can write.
--  8. Renewing a lease touches the opening and not the run: it never waits for a long write.
--  9. Rows that change are updated in place: no index holds a column that changes, and pages leave room (fillfactor), so updates stay on their page and out of the indexes.
-- 10. There are no foreign keys but those between runs and openings: rows come in bulk from one writer that has proved its ownership, and a check per row would prove nothing more.
-- 11. Texts compare ordinally (collation "C").
-- 12. What a user chooses and what may be long is no part of an index; its SHA-256 is (onces).
-- 13. Marks are what is overwritten most and matters least: they are committed without waiting for the disk, and one slot is one row for ever (id is null while nothing runs).
-- 14. A deleted run loses its name and epoch at once, and its rows a slice at a time, so that nobody waits for long: its row (run_id "\deleted <number>") is what is left to do, and the
--     next deletion finishes it.
-- 15. A schema that is new is made by this text, an older one is brought to it by the steps in Migrations, one for each version. Both give the same tables: a column that a step
--     adds stands last here, too, and has a default.

-- What this schema is. One row.
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
    description text                                              -- what the pipeline looked like
) WITH (fillfactor = 50);

-- Who has opened a run, when, and until when it is his.
CREATE TABLE openings
(
    epoch          integer     NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run            integer     NOT NULL REFERENCES runs ON DELETE CASCADE,
    host           text        NOT NULL,
    pid            integer     NOT NULL,
    process_start  bigint      NOT NULL,   -- tells a process from a later one of the same pid
    process_space  text        NOT NULL,   -- within which pids can be compared: one kernel since its boot, and one namespace of pids
    backend_pid    integer     NOT NULL,   -- the session that writes
    backend_start  timestamptz NOT NULL,
    opened_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    lease_until    timestamptz NOT NULL,
    ended_at       timestamptz,            -- given up, or taken over
    planned_end_at timestamptz             -- when its process was told to end
) WITH (fillfactor = 50);

CREATE INDEX openings_of_a_run ON openings (run);

-- Items as they stand. The key is the epoch in which the item was stored first, shifted by 32 bits, and a number.
CREATE TABLE items
(
    run             integer  NOT NULL,
    key             bigint   NOT NULL,
    id              text     NOT NULL COLLATE "C",
    sequence        bigint   NOT NULL,
    entry_stage     integer  NOT NULL,
    stage           integer  NOT NULL,   -- enters next
    state           smallint NOT NULL,   -- 0 unfinished, 1 succeeded, 2 failed, 3 canceled
    priority        integer  NOT NULL,
    metadata        bytea    NOT NULL,
    task            integer  NOT NULL,   -- failed last
    attempts        integer  NOT NULL,   -- of that task that failed
    crashes         integer  NOT NULL,
    crash_epoch     bigint   NOT NULL,
    next_attempt_at bigint,
    backoff         bigint   NOT NULL,
    error           bytea    NOT NULL,
    stored_at       bigint   NOT NULL,
    checksum        integer  NOT NULL,
    width           integer  NOT NULL DEFAULT 0,   -- how many suspects may run together with it; 0: it is none
    lone_crashes    integer  NOT NULL DEFAULT 0,   -- at how many crashes it was the only suspect that ran
    PRIMARY KEY (run, key),
    UNIQUE (run, id)
) WITH (fillfactor = 70);

-- What the stages of an item ended with; stage -1 is its input.
CREATE TABLE steps
(
    run         integer NOT NULL,
    item        bigint  NOT NULL,
    stage       integer NOT NULL,
    value       bytea   NOT NULL,   -- empty if it is in chunks
    chunks      integer NOT NULL,   -- how many
    attempts    integer NOT NULL,
    is_skipped  boolean NOT NULL,
    is_told     boolean NOT NULL,
    finished_at bigint  NOT NULL,
    checksum    integer NOT NULL,
    format      integer NOT NULL DEFAULT 1,   -- by which rule the shape of the value was described
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

-- What items have done once.
CREATE TABLE onces
(
    run        integer  NOT NULL,
    item       bigint   NOT NULL,
    name_hash  bytea    NOT NULL,   -- SHA-256 of <length of stage>:<stage><key> in UTF-16
    stage      text     NOT NULL,   -- its name: a stage that has moved finds its answers
    key        text     NOT NULL,
    generation integer  NOT NULL,
    state      smallint NOT NULL,   -- 0 forgotten, 1 begun, 2 answered
    answer     bytea    NOT NULL,
    stored_at  bigint   NOT NULL,
    contract   integer  NOT NULL,   -- what the answer looks like
    checksum   integer  NOT NULL,
    format     integer  NOT NULL DEFAULT 1,   -- by which rule the contract was made
    PRIMARY KEY (run, item, name_hash)
) WITH (fillfactor = 70);

-- What is running, a row for each worker. What an owner leaves behind here was running when he died.
CREATE TABLE marks
(
    run   integer NOT NULL,
    epoch integer NOT NULL,
    slot  integer NOT NULL,
    stage integer NOT NULL,
    id    text,
    PRIMARY KEY (run, epoch, slot)
) WITH (fillfactor = 50);

-- For people who look: an instant of the library as a time.
CREATE FUNCTION at(ticks bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT to_timestamp((ticks - 621355968000000000) / 10000000.0) $$;

INSERT INTO about (application, version) VALUES ('AntFlow.Dataflow.Checkpoints', 2);
