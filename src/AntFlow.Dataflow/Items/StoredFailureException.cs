namespace AntFlow.Dataflow;

/// <summary>An exception that represents an error whose original exception is not available; its type, message and text are. It is the error of an item that failed at an earlier start of the run
/// and was not retried (use <see cref="CheckpointOptions.ResumeFailed"/> or <see cref="CheckpointInspector.RetryAsync"/> to retry it). It is also the error of a result, snapshot or event that was
/// read from JSON.</summary>
public sealed class StoredFailureException : AntFlowException
{
    private const int MaxDetails = 8_000;

    private readonly ErrorInfo? _info;
    private readonly string? _details;

    internal StoredFailureException(string originalType, string message, string details, string? remedy = null)
        : base(remedy is null ? message : $"{message} ({remedy})", inner: null)
    {
        OriginalMessage = message;
        OriginalType = originalType;
        _details = details;
    }

    internal StoredFailureException(ErrorInfo info)
        : base(info.Message, info.Inner.Count > 0 ? new StoredFailureException(info.Inner[0]) : null)
    {
        OriginalMessage = info.Message;
        OriginalType = info.TypeName;
        _info = info;
    }

    /// <summary>Represents an unknown error.</summary>
    internal static StoredFailureException Unknown { get; } = new(new ErrorInfo { Type = "Unknown", Message = "The error is unknown." });

    /// <summary>The name of the type of the original exception, such as <c>HttpRequestException</c>.</summary>
    public string OriginalType { get; }

    /// <summary>The complete text of the original exception, with its stack trace. At most 8,000 characters are kept.</summary>
    public string Details => _details ?? ErrorText.Fit(_info!.ToFullText(), MaxDetails);

    /// <summary>The original exception as data.</summary>
    public ErrorInfo Info => _info ?? new ErrorInfo { Type = ErrorText.Fit(OriginalType), Message = ErrorText.Shown(this), StackTrace = string.IsNullOrEmpty(_details) ? null : ErrorText.Fit(_details) };

    /// <summary>Whether the error comes from a checkpoint store.</summary>
    internal bool IsOfCheckpoint => _info is null;

    internal string OriginalMessage { get; }

    /// <summary>Returns the failure as the result of an item that was fed again.</summary>
    internal StoredFailureException AsResult() =>
        new(OriginalType, OriginalMessage, Details, "This is what it failed with at an earlier start; CheckpointOptions.ResumeFailed or CheckpointInspector.RetryAsync tries it again.");
}
