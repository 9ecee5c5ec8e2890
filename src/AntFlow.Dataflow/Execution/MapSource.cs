namespace AntFlow.Dataflow;

/// <summary>What a map goes over: one source or two, sequences or streams. Read by one party, which disposes it.</summary>
internal abstract class MapSource<T> : IAsyncDisposable
{
    public abstract T Current { get; }

    /// <summary>Begins. Foreign code, like all that follows.</summary>
    public abstract void Open(CancellationToken cancellationToken);

    public abstract ValueTask<bool> MoveNextAsync();

    public abstract ValueTask DisposeAsync();
}

internal static class MapSource
{
    public static MapSource<T> Of<T>(IEnumerable<T> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new SequenceSource<T>(source);
    }

    public static MapSource<T> Of<T>(IAsyncEnumerable<T> source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new StreamSource<T>(source);
    }

    public static MapSource<(TLeft Left, TRight Right)> Zip<TLeft, TRight>(MapSource<TLeft> lefts, MapSource<TRight> rights) => new ZipSource<TLeft, TRight>(lefts, rights);
}

internal sealed class SequenceSource<T>(IEnumerable<T> source) : MapSource<T>
{
    private IEnumerator<T>? _enumerator;

    public override T Current => _enumerator!.Current;

    public override void Open(CancellationToken cancellationToken) => _enumerator = source.GetEnumerator();

    public override ValueTask<bool> MoveNextAsync() => new(_enumerator!.MoveNext());

    public override ValueTask DisposeAsync()
    {
        _enumerator?.Dispose();
        return default;
    }
}

internal sealed class StreamSource<T>(IAsyncEnumerable<T> source) : MapSource<T>
{
    private IAsyncEnumerator<T>? _enumerator;

    public override T Current => _enumerator!.Current;

    public override void Open(CancellationToken cancellationToken) => _enumerator = source.GetAsyncEnumerator(cancellationToken);

    public override ValueTask<bool> MoveNextAsync() => _enumerator!.MoveNextAsync();

    public override ValueTask DisposeAsync() => _enumerator?.DisposeAsync() ?? default;
}

/// <summary>Two sources in step; ends with the shorter one.</summary>
internal sealed class ZipSource<TLeft, TRight>(MapSource<TLeft> lefts, MapSource<TRight> rights) : MapSource<(TLeft Left, TRight Right)>
{
    public override (TLeft Left, TRight Right) Current => (lefts.Current, rights.Current);

    public override void Open(CancellationToken cancellationToken)
    {
        lefts.Open(cancellationToken);
        rights.Open(cancellationToken);
    }

    public override async ValueTask<bool> MoveNextAsync() => await lefts.MoveNextAsync().ConfigureAwait(false) && await rights.MoveNextAsync().ConfigureAwait(false);

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await lefts.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            await rights.DisposeAsync().ConfigureAwait(false);
        }
    }
}
