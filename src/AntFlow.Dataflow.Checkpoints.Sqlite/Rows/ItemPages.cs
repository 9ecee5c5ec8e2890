using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>Reads all items of a run page by page, one page ahead of the reader.</summary>
/// <remarks>Each page is a separate reading. A single reading of all items by a slow reader would prevent SQLite from merging the log into the file, and the log would grow
/// with everything that is written meanwhile.</remarks>
internal static class ItemPages
{
    private const int RowsOfPage = 1024;
    private const int BytesOfPage = 1 << 20;

    public static async IAsyncEnumerable<StoredItem> ReadAsync(Readers readers, long run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The end is determined at the beginning: a reader that adds an item for each one it reads would otherwise never finish.
        List<KeyRange> ranges = await readers.AskAsync(
            database => RowReader.All(database[Statements.Ranges].Bind(1, run), row => KeyRange.Of(row.Long(0)) with { Last = row.Long(1) }), cancellationToken).ConfigureAwait(false);
        foreach (KeyRange keys in ranges)
        {
            Task<Page> next = NextAsync(keys.First);
            try
            {
                while (true)
                {
                    Page page = await next.ConfigureAwait(false);
                    if (page.GoesOn)
                        next = NextAsync(page.Items[^1].Key + 1);
                    foreach (StoredItem item in page.Items)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        yield return item;
                    }

                    if (!page.GoesOn)
                        break;
                }
            }
            finally
            {
                // A reader that stops early leaves no unfinished reading behind.
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            Task<Page> NextAsync(long first) => readers.AskAsync(database => Read(database, first, keys.Last), cancellationToken);
        }
    }

    private static Page Read(Database database, long first, long last)
    {
        Statement statement = database[Statements.ItemsBetween].Bind(1, first).Bind(2, last);
        using Statement.Use use = statement.Begin();
        List<StoredItem> items = new(RowsOfPage);
        int bytes = 0;
        while (items.Count < RowsOfPage && bytes < BytesOfPage)
        {
            if (!statement.Step())
                return new Page(items, GoesOn: false);
            StoredItem item = RowReader.Item(statement);

            // A damaged tree may contain keys out of order, and the reading must still end.
            if (item.Key < first || item.Key > last)
                throw new InvalidDataException($"The checkpoints are damaged: item {item.Key} is not where its key belongs, after {first}.");
            first = item.Key + 1;
            bytes += item.Metadata.Length + item.Error.Length + (item.LastStep?.Value.Length ?? 0);
            items.Add(item);
        }

        return new Page(items, GoesOn: true);
    }

    private sealed record Page(List<StoredItem> Items, bool GoesOn);
}
