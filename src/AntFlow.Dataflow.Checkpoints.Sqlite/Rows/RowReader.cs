namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>Reads rows; the numbers of the columns are those of <see cref="Statements"/>. A damaged row returns a row with a wrong checksum, never an exception.</summary>
internal static class RowReader
{
    private const int Skipped = 1, Told = 2, Eventful = 1, Named = 2;

    /// <summary>Reads an item and, in front of it, its step.</summary>
    public static StoredItem Item(Statement row)
    {
        long parts = row.Long(18);
        var item = new StoredItem
        {
            Key = row.Long(9),
            Id = row.Text(10),
            Sequence = row.Long(11),
            EntryStageIndex = row.Int(12),
            StageIndex = row.Int(13),
            ValueStageIndex = (parts & Named) == 0 ? null : row.Int(29),
            State = (StoredItemState)row.Int(14),
            Priority = row.Int(15),
            StoredAt = row.Time(16),
            Checksum = row.Checksum(17),

            // No item has the key 0: it means that there is no step.
            LastStep = row.Long(0) == 0 ? null : Step(row),
        };
        return (parts & Eventful) == 0 ? item : item with
        {
            TaskIndex = row.Int(19),
            Attempts = row.Int(20),
            Crashes = row.Int(21),
            CrashEpoch = row.Long(22),
            NextAttemptAt = row.IsNull(23) ? null : row.Time(23),
            Backoff = new TimeSpan(row.Long(24)),
            Metadata = row.Blob(25),
            Error = row.Blob(26),
            MaxConcurrentSuspects = row.Int(27),
            LoneCrashes = row.Int(28),
        };
    }

    public static StoredStep Step(Statement row)
    {
        long flags = row.Long(4);
        return new StoredStep
        {
            Item = row.Long(0),
            StageIndex = row.Int(1),
            Chunks = row.Int(2),
            Attempts = row.Int(3),
            IsSkipped = (flags & Skipped) != 0,
            IsNotified = (flags & Told) != 0,
            FinishedAt = row.Time(5),
            Checksum = row.Checksum(6),
            Value = row.Blob(7),
            Format = row.Int(8),
        };
    }

    public static StoredChunk Chunk(Statement row) => new()
    {
        Item = row.Long(0),
        StageIndex = row.Int(1),
        Index = row.Int(2),
        Checksum = row.Checksum(3),
        Data = row.Blob(4),
    };

    public static StoredOnce Once(Statement row) => new()
    {
        Item = row.Long(0),
        Stage = row.Text(1),
        Key = row.Text(2),
        Generation = row.Int(3),
        State = (StoredOnceState)row.Int(4),
        StoredAt = row.Time(5),
        Contract = row.Checksum(6),
        Checksum = row.Checksum(7),
        Answer = row.Blob(8),
        Format = row.Int(9),
    };

    /// <summary>Reads all rows of a statement.</summary>
    public static List<T> All<T>(Statement bound, Func<Statement, T> read)
    {
        using Statement.Use use = bound.Begin();
        List<T> rows = [];
        while (bound.Step())
            rows.Add(read(bound));
        return rows;
    }

    /// <summary>Reads the first row of a statement; null if there is none.</summary>
    public static T? First<T>(Statement bound, Func<Statement, T> read)
    {
        using Statement.Use use = bound.Begin();
        return bound.Step() ? read(bound) : default;
    }
}
