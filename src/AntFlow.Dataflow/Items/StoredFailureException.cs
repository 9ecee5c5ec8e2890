namespace AntFlow.Dataflow;

/// <summary>What an item failed with in an earlier life of the run: the exception itself is gone, its type, message and text are not.</summary>
public sealed class StoredFailureException : AntFlowException
{
    internal StoredFailureException(string originalType, string message, string details)
        : base(message, inner: null)
    {
        OriginalType = originalType;
        Details = details;
    }

    /// <summary>The name of the type of the exception, such as <c>HttpRequestException</c>.</summary>
    public string OriginalType { get; }

    /// <summary>The whole text of the exception, with its stack. At most 8,000 characters of it were stored.</summary>
    public string Details { get; }
}
