namespace AntFlow.Dataflow;

/// <summary>The source of a map: a sequence or a stream. One consumer reads and disposes it.</summary>
internal abstract class MapSource<T> : IAsyncDisposable
{
    public abstract T Current { get; }

    /// <summary>Starts the enumeration. Calls foreign code, as do the other members.</summary>
    public abstract void Initialize(CancellationToken cancellationToken);

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
}

internal sealed class SequenceSource<T>(IEnumerable<T> source) : MapSource<T>
{
    private IEnumerator<T>? _enumerator;

    public override T Current => _enumerator!.Current;

    public override void Initialize(CancellationToken cancellationToken) => _enumerator = source.GetEnumerator();

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

    public override void Initialize(CancellationToken cancellationToken) => _enumerator = source.GetAsyncEnumerator(cancellationToken);

    public override ValueTask<bool> MoveNextAsync() => _enumerator!.MoveNextAsync();

    public override ValueTask DisposeAsync() => _enumerator?.DisposeAsync() ?? default;
}
