namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>Reads the runs of a file: all of them with their counts, or one without.</summary>
internal static class RunRows
{
    public static List<(long Run, StoredRun Row)> Read(Database database)
    {
        // One read transaction, so that the counts are consistent.
        database.Execute("BEGIN");
        try
        {
            return [.. RowReader.All(database[Statements.Runs], Describe).Select(run => (run.Run, Count(database, run.Run, run.Row)))];
        }
        finally
        {
            database.RollBack();
        }
    }

    /// <summary>One run, without counts; null for an unknown one.</summary>
    public static (long Run, StoredRun Row)? Find(Database database, string runId) => RowReader.First<(long, StoredRun)?>(
        database[Statements.OneRun].Bind(1, runId),
        row =>
        {
            (long run, StoredRun found) = Describe(row);
            return (run, found with
            {
                Unfinished = StoredRun.NotCounted,
                Succeeded = StoredRun.NotCounted,
                Failed = StoredRun.NotCounted,
                Canceled = StoredRun.NotCounted,
                Filtered = StoredRun.NotCounted,
            });
        });

    private static (long Run, StoredRun Row) Describe(Statement row) => (row.Long(0), new StoredRun
    {
        RunId = row.Text(1),
        Epoch = row.Long(2),
        Owner = row.IsNull(3) ? null : row.Text(3),
        CreatedAt = row.Time(4),
        WrittenAt = row.Time(5),
        Description = row.IsNull(6) ? null : row.Text(6),
    });

    private static StoredRun Count(Database database, long run, StoredRun row)
    {
        foreach (long epoch in RowReader.All(database[Statements.Epochs].Bind(1, run), found => found.Long(0)))
        {
            KeyRange keys = KeyRange.Of(epoch);
            Statement statement = database[Statements.CountStates].Bind(1, keys.First).Bind(2, keys.Last);
            using Statement.Use use = statement.Begin();
            while (statement.Step())
            {
                long count = statement.Long(1);
                row = (StoredItemState)statement.Int(0) switch
                {
                    StoredItemState.Unfinished => row with { Unfinished = row.Unfinished + count },
                    StoredItemState.Succeeded => row with { Succeeded = row.Succeeded + count },
                    StoredItemState.Failed => row with { Failed = row.Failed + count },
                    StoredItemState.Canceled => row with { Canceled = row.Canceled + count },
                    StoredItemState.Filtered => row with { Filtered = row.Filtered + count },
                    _ => row,
                };
            }
        }

        return row;
    }
}
