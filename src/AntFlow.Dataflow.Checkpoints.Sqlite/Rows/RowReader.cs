namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>Reads rows; the numbers of the columns are those of <see cref="Statements"/>. A damaged row gives a row whose checksum does not fit, never an exception.</summary>
internal static class RowReader
{
    private const int ItemColumns = 9;

    /// <summary>An item and, in front of it, the step it comes with.</summary>
    public static StoredItem Item(Statement row) => new()
    {
        Key = row.Long(ItemColumns),
        Id = row.Text(ItemColumns + 1),
        Sequence = row.Long(ItemColumns + 2),
        EntryStage = row.Int(ItemColumns + 3),
        Stage = row.Int(ItemColumns + 4),
        State = (StoredItemState)row.Int(ItemColumns + 5),
        Priority = row.Int(ItemColumns + 6),
        Task = row.Int(ItemColumns + 7),
        Attempts = row.Int(ItemColumns + 8),
        Crashes = row.Int(ItemColumns + 9),
        CrashEpoch = row.Long(ItemColumns + 10),
        NextAttemptAt = row.IsNull(ItemColumns + 11) ? null : row.Time(ItemColumns + 11),
        Backoff = new TimeSpan(row.Long(ItemColumns + 12)),
        StoredAt = row.Time(ItemColumns + 13),
        Checksum = row.Checksum(ItemColumns + 14),
        Metadata = row.Blob(ItemColumns + 15),
        Error = row.Blob(ItemColumns + 16),
        LastStep = row.IsNull(0) ? null : Step(row),
    };

    public static StoredStep Step(Statement row) => new()
    {
        Item = row.Long(0),
        Stage = row.Int(1),
        Chunks = row.Int(2),
        Attempts = row.Int(3),
        IsSkipped = row.Long(4) != 0,
        IsTold = row.Long(5) != 0,
        FinishedAt = row.Time(6),
        Checksum = row.Checksum(7),
        Value = row.Blob(8),
    };

    public static StoredChunk Chunk(Statement row) => new()
    {
        Item = row.Long(0),
        Stage = row.Int(1),
        Index = row.Int(2),
        Checksum = row.Checksum(3),
        Data = row.Blob(4),
    };

    public static StoredOnce Once(Statement row) => new()
    {
        Item = row.Long(0),
        Stage = row.Int(1),
        Key = row.Text(2),
        Generation = row.Int(3),
        State = (StoredOnceState)row.Int(4),
        StoredAt = row.Time(5),
        Checksum = row.Checksum(6),
        Answer = row.Blob(7),
    };

    /// <summary>All rows of a statement.</summary>
    public static List<T> All<T>(Statement bound, Func<Statement, T> read)
    {
        using Statement.Use use = bound.Begin();
        List<T> rows = [];
        while (bound.Step())
            rows.Add(read(bound));
        return rows;
    }

    /// <summary>The first row of a statement; null if there is none.</summary>
    public static T? First<T>(Statement bound, Func<Statement, T> read)
    {
        using Statement.Use use = bound.Begin();
        return bound.Step() ? read(bound) : default;
    }
}
