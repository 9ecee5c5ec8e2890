namespace AntFlow.Dataflow;

/// <summary>What an item failed with at an earlier start of the run: the exception itself is gone, its type, message and text are not. The item was not tried again;
/// <see cref="CheckpointOptions.ResumeFailed"/> or <see cref="CheckpointInspector.RetryAsync"/> does so.</summary>
public sealed class StoredFailureException : AntFlowException
{
    internal StoredFailureException(string originalType, string message, string details, string? remedy = null)
        : base(remedy is null ? message : $"{message} ({remedy})", inner: null)
    {
        OriginalMessage = message;
        OriginalType = originalType;
        Details = details;
    }

    /// <summary>The name of the type of the exception, such as <c>HttpRequestException</c>.</summary>
    public string OriginalType { get; }

    /// <summary>The whole text of the exception, with its stack. At most 8,000 characters of it were stored.</summary>
    public string Details { get; }

    internal string OriginalMessage { get; }

    /// <summary>The failure, as the result of an item that was fed again.</summary>
    internal StoredFailureException AsResult() =>
        new(OriginalType, OriginalMessage, Details, "This is what it failed with at an earlier start; CheckpointOptions.ResumeFailed or CheckpointInspector.RetryAsync tries it again.");
}
