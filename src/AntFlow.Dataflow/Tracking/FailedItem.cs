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

    /// <summary>How many attempts its last task took; 0 if none was made.</summary>
    public required int Attempts { get; init; }

    /// <summary>When it failed.</summary>
    public required DateTimeOffset Timestamp { get; init; }
}
