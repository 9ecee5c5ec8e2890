namespace AntFlow.Dataflow;

/// <summary>An item that has failed for good.</summary>
public sealed record FailedItem
{
    internal FailedItem()
    {
    }

    /// <summary>The item.</summary>
    public required ItemId ItemId { get; init; }

    /// <summary>What went wrong.</summary>
    public required Exception Error { get; init; }

    /// <summary>The name of the error's type, without its namespace.</summary>
    public string ErrorType => ErrorSummary.TypeNameOf(Error);

    /// <summary>The stage it failed in.</summary>
    public required string Stage { get; init; }

    /// <summary>The function of the stage beside its tasks that <see cref="Error"/> is of: <c>IdentifyBy</c>, <c>SkipIf</c>, <c>SkipTo</c>, or <c>Serialize</c> for what turns a value into
    /// the bytes of a checkpoint. Null if it is of a task, of the store, or of an earlier run.</summary>
    public string? Function { get; init; }

    /// <summary>How many attempts its last task took; 0 if none was made.</summary>
    public required int Attempts { get; init; }

    /// <summary>When it failed.</summary>
    /// <remarks>Counted from the start of the run, see <see cref="StatusEvent.Timestamp"/>.</remarks>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>Where it failed: the stage, and before it the function, unless that is a task.</summary>
    internal string Place => Function is null ? Stage : $"{Function} of {Stage}";
}
