namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>Writes rows; the numbers of the parameters are those of <see cref="Statements"/>.</summary>
internal static class RowWriter
{
    public static void Write(Database database, long run, CheckpointBatch batch)
    {
        foreach (StoredItem item in batch.Items)
            Write(database[Statements.WriteItem], run, item);
        foreach (StoredStep step in batch.Steps)
            Write(database[Statements.WriteStep], step);
        foreach (StoredChunk chunk in batch.Chunks)
        {
            database[Statements.WriteChunk]
                .Bind(1, chunk.Item).Bind(2, chunk.StageIndex).Bind(3, chunk.Index).Bind(4, chunk.Checksum).Bind(5, chunk.Data)
                .Execute();
        }

        foreach (StoredOnce once in batch.Onces)
        {
            database[Statements.WriteOnce]
                .Bind(1, once.Item).Bind(2, once.Stage).Bind(3, once.Key).Bind(4, once.Generation).Bind(5, (long)once.State)
                .Bind(6, once.StoredAt.UtcTicks).Bind(7, once.Contract).Bind(8, once.Checksum).Bind(9, once.Answer).Bind(10, once.Format)
                .Execute();
        }
    }

    private static void Write(Statement statement, long run, StoredItem item) => statement
        .Bind(1, item.Key).Bind(2, run).Bind(3, item.Id).Bind(4, item.Sequence).Bind(5, item.EntryStageIndex).Bind(6, item.StageIndex).Bind(7, (long)item.State)
        .Bind(8, item.Priority).Bind(9, item.TaskIndex).Bind(10, item.Attempts).Bind(11, item.Crashes).Bind(12, item.CrashEpoch)
        .Bind(13, item.NextAttemptAt?.UtcTicks).Bind(14, item.Backoff.Ticks).Bind(15, item.StoredAt.UtcTicks).Bind(16, item.Checksum)
        .Bind(17, item.Metadata).Bind(18, item.Error).Bind(19, item.MaxConcurrentSuspects).Bind(20, item.LoneCrashes)
        .Bind(21, item.ValueStageIndex)
        .Execute();

    private static void Write(Statement statement, StoredStep step) => statement
        .Bind(1, step.Item).Bind(2, step.StageIndex).Bind(3, step.Chunks).Bind(4, step.Attempts).Bind(5, step.IsSkipped ? 1 : 0).Bind(6, step.IsNotified ? 1 : 0)
        .Bind(7, step.FinishedAt.UtcTicks).Bind(8, step.Checksum).Bind(9, step.Value).Bind(10, step.Format)
        .Execute();
}
