using System.Threading.Channels;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Reads the items of a run a few pages ahead of its consumer. One consumer.</summary>
internal sealed class PagedReading(ICheckpointRun run, CancellationToken cancellationToken) : IAsyncDisposable
{
    private const int PageSize = 256;
    private const int Pages = 4;

    private readonly Channel<List<StoredItem>> _pages =
        Channel.CreateBounded<List<StoredItem>>(new BoundedChannelOptions(Pages) { SingleReader = true, SingleWriter = true });

    private readonly CancellationTokenSource _stop = new();
    private Task? _reading;
    private List<StoredItem> _page = [];
    private int _next;

    /// <summary>Returns the next item; null at the end.</summary>
    public async ValueTask<StoredItem?> PeekAsync()
    {
        while (_next == _page.Count)
        {
            _reading ??= Task.Run(ReadAsync, CancellationToken.None);
            if (!await _pages.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
                return null;
            if (_pages.Reader.TryRead(out List<StoredItem>? page))
                (_page, _next) = (page, 0);
        }

        return _page[_next];
    }

    /// <summary>Moves to the next item.</summary>
    public void Advance() => _next++;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_reading is not null)
            await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        (_page, _next) = ([], 0);
    }

    private async Task ReadAsync()
    {
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
            List<StoredItem> page = new(PageSize);
            await foreach (StoredItem item in run.ReadItemsAsync(either.Token).ConfigureAwait(false))
            {
                page.Add(item);
                if (page.Count < PageSize)
                    continue;
                await _pages.Writer.WriteAsync(page, either.Token).ConfigureAwait(false);
                page = new List<StoredItem>(PageSize);
            }

            if (page.Count > 0)
                await _pages.Writer.WriteAsync(page, either.Token).ConfigureAwait(false);
            _pages.Writer.Complete();
        }
        catch (Exception error)
        {
            // The consumer gets it with the next item.
            _pages.Writer.Complete(error);
        }
    }
}
