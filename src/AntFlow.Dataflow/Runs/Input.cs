namespace AntFlow.Dataflow;

/// <summary>The input of a run: values or work items, from a sequence or a stream.</summary>
internal abstract class Input<T>
{
    /// <summary>The number of items; null if it is not known without taking them.</summary>
    public abstract long? Count { get; }

    public static Input<T> Of(IEnumerable<T> source) => new SequenceInput<T, T>(source, FeedItem<T>.OfValue);

    public static Input<T> Of(IEnumerable<WorkItem<T>> source) => new SequenceInput<WorkItem<T>, T>(source, FeedItem<T>.OfWorkItem);

    public static Input<T> Of(IAsyncEnumerable<T> source) => new StreamInput<T, T>(source, FeedItem<T>.OfValue);

    public static Input<T> Of(IAsyncEnumerable<WorkItem<T>> source) => new StreamInput<WorkItem<T>, T>(source, FeedItem<T>.OfWorkItem);

    public abstract Task<long> FeedAsync<TOut>(Feeder<T, TOut> feeder, int? priority, CancellationToken cancellationToken);
}

internal sealed class SequenceInput<TSource, T> : Input<T>
{
    private readonly IEnumerable<TSource> _source;
    private readonly Func<TSource, FeedItem<T>> _open;

    public SequenceInput(IEnumerable<TSource> source, Func<TSource, FeedItem<T>> open)
    {
        ArgumentNullException.ThrowIfNull(source);
        _source = source;
        _open = open;
    }

    public override long? Count => _source.TryGetNonEnumeratedCount(out int count) ? count : null;

    public override Task<long> FeedAsync<TOut>(Feeder<T, TOut> feeder, int? priority, CancellationToken cancellationToken) =>
        feeder.FeedAsync(_source, _open, priority, cancellationToken);
}

internal sealed class StreamInput<TSource, T> : Input<T>
{
    private readonly IAsyncEnumerable<TSource> _source;
    private readonly Func<TSource, FeedItem<T>> _open;

    public StreamInput(IAsyncEnumerable<TSource> source, Func<TSource, FeedItem<T>> open)
    {
        ArgumentNullException.ThrowIfNull(source);
        _source = source;
        _open = open;
    }

    public override long? Count => null;

    public override Task<long> FeedAsync<TOut>(Feeder<T, TOut> feeder, int? priority, CancellationToken cancellationToken) =>
        feeder.FeedAsync(_source, _open, priority, cancellationToken);
}
