using System.Runtime.CompilerServices;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Reads the stored rows of a run, over the pool.</summary>
internal static class RunRows
{
    /// <summary>The stage whose result an item resumes with. Both queries join by it; it does not depend on the step, so the step is found in the index.</summary>
    private const string ValueStage = "coalesce(i.value_stage, i.stage - 1)";

    // A page is a short query: a slow reader does not force the server to keep old versions of all rows. The step is looked up item by item, which needs neither memory nor
    // a sort: OFFSET 0 prevents the planner from joining in another way.
    private const string Page = $"""
        SELECT {RowReading.ItemColumns}
        FROM (SELECT * FROM items WHERE run = $1 AND key > $2 AND key <= $3 ORDER BY key LIMIT 2000) i
        LEFT JOIN LATERAL (SELECT * FROM steps WHERE run = $1 AND item = i.key AND stage = {ValueStage} OFFSET 0) s ON true
        ORDER BY i.key
        """;

    // New items have higher keys: a reading of the current items ends even if new ones keep arriving.
    private const string LastKey = "SELECT max(key) FROM items WHERE run = $1";

    private const int PageSize = 2_000;

    private const string Item = $"""
        SELECT {RowReading.ItemColumns} FROM items i LEFT JOIN steps s ON s.run = $1 AND s.item = i.key AND s.stage = {ValueStage} WHERE i.run = $1 AND i.id = $2
        """;

    private const string Step = $"SELECT {RowReading.StepColumns} FROM steps s WHERE run = $1 AND item = $2 AND stage = $3";

    private const string StepsOfAnItem = $"""
        SELECT {RowReading.StepColumns} FROM runs r JOIN items i ON i.run = r.number JOIN steps s ON s.run = r.number AND s.item = i.key WHERE r.run_id = $1 AND i.id = $2 ORDER BY s.stage
        """;

    private const string Chunks = "SELECT item, stage, index, data, checksum FROM chunks WHERE run = $1 AND item = $2 AND stage = $3 ORDER BY index";
    private const string Onces = "SELECT item, stage, key, generation, state, answer, stored_at, contract, checksum, format FROM onces WHERE run = $1 AND item = $2";

    public static ValueTask<StoredItem?> FindItemAsync(Database database, int run, string id, CancellationToken cancellationToken) =>
        database.AskAsync(
            async (connection, token) =>
                (await connection.ReadAsync(Item, RowReading.ReadItem, token, Commands.Of(run), Commands.Of(StoredText.Escape(id))).ConfigureAwait(false)).FirstOrDefault(),
            cancellationToken);

    public static ValueTask<StoredStep?> FindStepAsync(Database database, int run, long item, int stage, CancellationToken cancellationToken) =>
        database.AskAsync(
            async (connection, token) =>
                (await connection.ReadAsync(Step, RowReading.ReadStep, token, Commands.Of(run), Commands.Of(item), Commands.Of(stage)).ConfigureAwait(false)).FirstOrDefault(),
            cancellationToken);

    public static ValueTask<IReadOnlyList<StoredChunk>> ReadChunksAsync(Database database, int run, long item, int stage, CancellationToken cancellationToken) =>
        database.AskAsync<IReadOnlyList<StoredChunk>>(
            async (connection, token) =>
                await connection.ReadAsync(Chunks, RowReading.ReadChunk, token, Commands.Of(run), Commands.Of(item), Commands.Of(stage)).ConfigureAwait(false),
            cancellationToken);

    public static ValueTask<IReadOnlyList<StoredOnce>> ReadOncesAsync(Database database, int run, long item, CancellationToken cancellationToken) =>
        database.AskAsync<IReadOnlyList<StoredOnce>>(
            async (connection, token) => await connection.ReadAsync(Onces, RowReading.ReadOnce, token, Commands.Of(run), Commands.Of(item)).ConfigureAwait(false),
            cancellationToken);

    public static async IAsyncEnumerable<StoredStep> ReadStepsAsync(Database database, string runId, string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<StoredStep> steps = await database.AskAsync(
            (connection, token) => connection.ReadAsync(StepsOfAnItem, RowReading.ReadStep, token, Commands.Of(StoredText.Escape(runId)), Commands.Of(StoredText.Escape(id))),
            cancellationToken).ConfigureAwait(false);
        foreach (StoredStep step in steps)
            yield return step;
    }

    /// <summary>Reads all items of a run that may be unknown.</summary>
    public static async IAsyncEnumerable<StoredItem> ReadItemsAsync(Database database, string runId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await RunList.FindNumberAsync(database, runId, cancellationToken).ConfigureAwait(false) is not { } run)
            yield break;
        await foreach (StoredItem item in ReadItemsAsync(database, run, cancellationToken).ConfigureAwait(false))
            yield return item;
    }

    /// <summary>Reads all items that exist when the reading begins, in the order of their keys; one row at a time is in memory.</summary>
    public static async IAsyncEnumerable<StoredItem> ReadItemsAsync(Database database, int run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await FindLastKeyAsync(database, run, cancellationToken).ConfigureAwait(false) is not { } end)
            yield break;
        NpgsqlConnection connection = await database.BorrowAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            long last = long.MinValue;
            int inPage;
            do
            {
                inPage = 0;
                NpgsqlCommand command = connection.Command(Page, Commands.Of(run), Commands.Of(last), Commands.Of(end));
                await using (command.ConfigureAwait(false))
                {
                    NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                    await using (reader.ConfigureAwait(false))
                    {
                        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                        {
                            // ReadAsync returns a buffered row without checking the token.
                            cancellationToken.ThrowIfCancellationRequested();
                            StoredItem item = RowReading.ReadItem(reader);
                            (last, inPage) = (item.Key, inPage + 1);
                            yield return item;
                        }
                    }
                }
            }
            while (inPage == PageSize);
        }
    }

    private static ValueTask<long?> FindLastKeyAsync(Database database, int run, CancellationToken cancellationToken) =>
        database.AskAsync(
            async (connection, token) =>
                (await connection.ReadAsync(LastKey, row => row.IsDBNull(0) ? (long?)null : row.GetInt64(0), token, Commands.Of(run)).ConfigureAwait(false))[0],
            cancellationToken);
}
