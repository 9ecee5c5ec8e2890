namespace AntFlow.Dataflow;

/// <summary>A value on its way into a run, with the work item the user gave, if any.</summary>
internal readonly record struct FeedItem<T>(T Value, WorkItem<T>? WorkItem)
{
    public static FeedItem<T> OfValue(T value) => new(value, null);

    public static FeedItem<T> OfWorkItem(WorkItem<T> item) =>
        item is null ? throw new ArgumentException("A work item of the input is null.") : new FeedItem<T>(item.Value, item);
}
