namespace AntFlow.Dataflow;

/// <summary>What something failed with elsewhere: the exception itself is gone, its type, message and text are not. It stands for what an item failed with at an earlier start of the run, which was
/// not tried again (<see cref="CheckpointOptions.ResumeFailed"/> or <see cref="CheckpointInspector.RetryAsync"/> does so), and for the error of a result, snapshot or event that was read from
/// JSON.</summary>
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

    /// <summary>Stands for an error of which nothing is known.</summary>
    internal static StoredFailureException Unknown { get; } = new(new ErrorInfo { Type = "Unknown", Message = "What went wrong is not known." });

    /// <summary>The name of the type of the exception, such as <c>HttpRequestException</c>.</summary>
    public string OriginalType { get; }

    /// <summary>The whole text of the exception, with its stack. At most 8,000 characters of it were stored.</summary>
    public string Details => _details ?? ErrorText.Fit(_info!.ToFullText(), MaxDetails);

    /// <summary>The exception as data: what this was made from.</summary>
    public ErrorInfo Info => _info ?? new ErrorInfo { Type = ErrorText.Fit(OriginalType), Message = ErrorText.Shown(this), StackTrace = string.IsNullOrEmpty(_details) ? null : ErrorText.Fit(_details) };

    /// <summary>Whether a store of checkpoints has kept it.</summary>
    internal bool IsOfCheckpoint => _info is null;

    internal string OriginalMessage { get; }

    /// <summary>The failure, as the result of an item that was fed again.</summary>
    internal StoredFailureException AsResult() =>
        new(OriginalType, OriginalMessage, Details, "This is what it failed with at an earlier start; CheckpointOptions.ResumeFailed or CheckpointInspector.RetryAsync tries it again.");
}
