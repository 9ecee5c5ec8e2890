namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Reads the items of a run in the order of their keys. If the store fails, it continues behind the last item it has returned. One reader.</summary>
internal sealed class RetryingReader(ICheckpointRun run, StoreRetrier retrier, CancellationToken cancellationToken) : IAsyncDisposable
{
    private IAsyncEnumerator<StoredItem>? _items;
    private long _last = long.MinValue;

    /// <summary>Returns the next item; null at the end.</summary>
    public ValueTask<StoredItem?> NextAsync() => retrier.TryAsync(TryNextAsync, "looking up the items of the run", cancellationToken);

    public ValueTask DisposeAsync() => _items?.DisposeAsync() ?? default;

    private async ValueTask<StoredItem?> TryNextAsync()
    {
        try
        {
            _items ??= run.ReadItemsAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await _items.MoveNextAsync().ConfigureAwait(false))
            {
                if (_items.Current.Key <= _last)
                    continue;
                _last = _items.Current.Key;
                return _items.Current;
            }

            return null;
        }
        catch (Exception)
        {
            IAsyncEnumerator<StoredItem>? failed = _items;
            _items = null;
            if (failed is not null)
                await failed.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
