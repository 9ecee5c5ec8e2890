namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Finds the stored rows of fed items. Items mostly arrive in the same order as the last time, so one reading of all rows in that order runs
/// a little ahead of the feeders; an item that arrives out of order is looked up individually.</summary>
/// <remarks>One feeder at a time is inside (<c>_turn</c>), which guards the fields.</remarks>
internal sealed partial class StoredItemReader(ICheckpointRun run, Func<string, bool> isTaken, CancellationToken cancellationToken) : IAsyncDisposable
{
    private const int MaxOutOfOrder = 1_000;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private PagedReading _ahead = new(run, cancellationToken);
    private int _outOfOrder;

    /// <summary>Returns the item with an id; null if there is none.</summary>
    public async ValueTask<StoredItem?> FindAsync(string id)
    {
        Task turn = _turn.WaitAsync(cancellationToken);
        Broken("two-feeders-read-at-once", ref turn, Task.CompletedTask);
        await turn.ConfigureAwait(false);
        try
        {
            if (_outOfOrder < MaxOutOfOrder)
            {
                StoredItem? head = await _ahead.PeekAsync().ConfigureAwait(false);
                // Items that were looked up individually or fed by another call are skipped.
                while (head is not null && !Is(head, id) && isTaken(head.Id))
                {
                    _ahead.Advance();
                    head = await _ahead.PeekAsync().ConfigureAwait(false);
                }

                if (head is not null && Is(head, id))
                {
                    _ahead.Advance();
                    _outOfOrder = 0;
                    return head;
                }

                if (++_outOfOrder == MaxOutOfOrder)
                    await _ahead.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception)
        {
            // A failed reading cannot continue: the next try needs a new one, which skips the rows that were returned already.
            PagedReading failed = _ahead;
            _ahead = new PagedReading(run, cancellationToken);
            await failed.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            _turn.Release();
        }

        return await run.FindItemAsync(id, cancellationToken).ConfigureAwait(false);
    }

    private static bool Is(StoredItem item, string id) => string.Equals(item.Id, id, StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            _outOfOrder = MaxOutOfOrder;
            await _ahead.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>A decision that the faults build can change. In other builds, the calls are removed.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
