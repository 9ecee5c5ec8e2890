namespace AntFlow.Dataflow;

/// <summary>What user code beside the tasks threw: a callback, an observer, a predicate of a retry policy.</summary>
/// <remarks>No result is changed by it, but for a retry policy: its item fails with the error of the task, without another attempt.</remarks>
public sealed record CallbackError
{
    internal CallbackError()
    {
    }

    /// <summary>What was called, such as <c>OnSuccess</c>.</summary>
    public required string Callback { get; init; }

    /// <summary>The item it was about; the default id if it was about none.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>The stage; empty if it was about none.</summary>
    public required string Stage { get; init; }

    /// <summary>What was thrown.</summary>
    public required Exception Error { get; init; }

    /// <summary>When.</summary>
    /// <remarks>Counted from the start of the run, see <see cref="StatusEvent.Timestamp"/>.</remarks>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>What was called, and of which stage.</summary>
    internal string Place => Stage.Length == 0 ? Callback : $"{Callback} of {Stage}";
}
