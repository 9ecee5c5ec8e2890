namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>The statements for the database. <see cref="RowReader"/> knows the numbers of the columns, and <see cref="RowWriter"/> those of the parameters.</summary>
internal static class Statements
{
    public const string Begin = "BEGIN IMMEDIATE";
    public const string Commit = "COMMIT";

    public const string StoreId = "SELECT id FROM store";
    public const string FindRun = "SELECT run, owner FROM runs WHERE run_id = ?1";
    public const string AddRun = "INSERT INTO runs (run_id, epoch, created_at, written_at) VALUES (?1, 0, ?2, ?2)";
    public const string FindOpening = "SELECT epoch, description, written_at FROM runs WHERE run = ?1";
    public const string AddEpoch = "INSERT INTO epochs (run) VALUES (?1) RETURNING epoch";
    public const string OwnRun = "UPDATE runs SET epoch = ?2, owner = ?3, written_at = ?4 WHERE run = ?1";
    public const string CountItems = "SELECT count(*) FROM items WHERE run = ?1";
    public const string Runs = $"{SelectRun} ORDER BY run";
    public const string OneRun = $"{SelectRun} WHERE run_id = ?1";
    public const string Epochs = "SELECT epoch FROM epochs WHERE run = ?1 ORDER BY epoch";

    /// <summary>The epochs that have items, and the last key of each.</summary>
    public const string Ranges = """
        SELECT epoch, last FROM (SELECT epoch, (SELECT max(key) FROM items WHERE key BETWEEN epoch << 32 AND (epoch << 32) + 4294967295) AS last FROM epochs WHERE run = ?1)
        WHERE last IS NOT NULL ORDER BY epoch
        """;

    public const string CountStates = "SELECT state, count(*) FROM items WHERE key BETWEEN ?1 AND ?2 GROUP BY state";
    public const string DeleteRun = "DELETE FROM runs WHERE run = ?1";

    /// <summary>Proves in the transaction that the writer still owns the run: otherwise it changes nothing.</summary>
    public const string TouchRun = "UPDATE runs SET written_at = ?3, description = coalesce(?4, description) WHERE run = ?1 AND epoch = ?2";

    /// <summary>Removes an epoch in which nothing was stored, so that a run that is opened often stays small.</summary>
    public const string DropEmptyEpoch = """
        DELETE FROM epochs WHERE epoch = ?1
            AND NOT EXISTS (SELECT 1 FROM items WHERE key BETWEEN ?2 AND ?3)
            AND NOT EXISTS (SELECT 1 FROM steps WHERE item BETWEEN ?2 AND ?3)
            AND NOT EXISTS (SELECT 1 FROM chunks WHERE item BETWEEN ?2 AND ?3)
            AND NOT EXISTS (SELECT 1 FROM onces WHERE item BETWEEN ?2 AND ?3)
        """;

    public const string WriteItem = """
        INSERT INTO items (key, run, id, sequence, entry_stage, stage, state, priority, task, attempts, crashes, crash_epoch, next_attempt_at, backoff, stored_at, checksum, metadata, error,
            width, lone_crashes, value_stage)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
        ON CONFLICT (key) DO UPDATE SET sequence = ?4, entry_stage = ?5, stage = ?6, state = ?7, priority = ?8, task = ?9, attempts = ?10, crashes = ?11, crash_epoch = ?12,
            next_attempt_at = ?13, backoff = ?14, stored_at = ?15, checksum = ?16, metadata = ?17, error = ?18, width = ?19, lone_crashes = ?20,
            value_stage = ?21
        """;

    public const string WriteStep =
        "REPLACE INTO steps (item, stage, chunks, attempts, is_skipped, is_told, finished_at, checksum, value, format) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

    public const string WriteChunk = "REPLACE INTO chunks (item, stage, piece, checksum, data) VALUES (?1, ?2, ?3, ?4, ?5)";

    public const string WriteOnce =
        "REPLACE INTO onces (item, stage, key, generation, state, stored_at, contract, checksum, answer, format) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

    public const string FindItem = $"{SelectItem} WHERE i.run = ?1 AND i.id = ?2";

    /// <summary>A part of the items of an epoch.</summary>
    public const string ItemsBetween = $"{SelectItem} WHERE i.key BETWEEN ?1 AND ?2 ORDER BY i.key";

    public const string FindStep = $"SELECT {StepColumns} FROM steps s WHERE s.item = ?1 AND s.stage = ?2";
    public const string StepsOf = $"SELECT {StepColumns} FROM items i CROSS JOIN steps s ON s.item = i.key WHERE i.run = ?1 AND i.id = ?2 ORDER BY s.stage";
    public const string Chunks = "SELECT item, stage, piece, checksum, data FROM chunks WHERE item = ?1 AND stage = ?2 ORDER BY piece";
    public const string Onces = "SELECT item, stage, key, generation, state, stored_at, contract, checksum, answer, format FROM onces WHERE item = ?1";

    public const string LeftEpochs = "SELECT epoch FROM epochs WHERE run NOT IN (SELECT run FROM runs)";
    public const string DropEpoch = "DELETE FROM epochs WHERE epoch = ?1";

    /// <summary>For each table: the statement that finds the last key of a slice of the given number of rows, and the one that deletes up to that key.</summary>
    public static readonly (string Last, string Delete, int Rows)[] Slices =
    [
        ("SELECT item FROM chunks WHERE item BETWEEN ?1 AND ?2 ORDER BY item LIMIT 1 OFFSET ?3", "DELETE FROM chunks WHERE item BETWEEN ?1 AND ?2", 64),
        ("SELECT item FROM onces WHERE item BETWEEN ?1 AND ?2 ORDER BY item LIMIT 1 OFFSET ?3", "DELETE FROM onces WHERE item BETWEEN ?1 AND ?2", 4096),
        ("SELECT item FROM steps WHERE item BETWEEN ?1 AND ?2 ORDER BY item LIMIT 1 OFFSET ?3", "DELETE FROM steps WHERE item BETWEEN ?1 AND ?2", 4096),
        ("SELECT key FROM items WHERE key BETWEEN ?1 AND ?2 ORDER BY key LIMIT 1 OFFSET ?3", "DELETE FROM items WHERE key BETWEEN ?1 AND ?2", 4096),
    ];

    private const string SelectRun = "SELECT run, run_id, epoch, owner, created_at, written_at, description FROM runs";
    private const string StepColumns = "s.item, s.stage, s.chunks, s.attempts, (s.is_skipped <> 0) + 2 * (s.is_told <> 0), s.finished_at, s.checksum, s.value, s.format";

    /// <summary>The stage whose result an item resumes with. Computed once for each item, so the step is found in the tree of its table.</summary>
    private const string ValueStage = "coalesce(i.value_stage, i.stage - 1)";

    /// <summary>Most items have no values in their last eleven columns. Reading each column costs more than finding the row, so the database first returns whether there are any: 1 for those
    /// before the last, 2 for the last.</summary>
    private const string SelectItem = $"""
        SELECT {StepColumns}, i.key, i.id, i.sequence, i.entry_stage, i.stage, i.state, i.priority, i.stored_at, i.checksum,
            (i.task <> 0 OR i.attempts <> 0 OR i.crashes <> 0 OR i.crash_epoch <> 0 OR i.next_attempt_at IS NOT NULL OR i.backoff <> 0 OR length(i.metadata) > 0 OR length(i.error) > 0
                OR i.width <> 0 OR i.lone_crashes <> 0) + 2 * (i.value_stage IS NOT NULL),
            i.task, i.attempts, i.crashes, i.crash_epoch, i.next_attempt_at, i.backoff, i.metadata, i.error, i.width, i.lone_crashes, i.value_stage
        FROM items i LEFT JOIN steps s ON s.item = i.key AND s.stage = {ValueStage}
        """;
}
