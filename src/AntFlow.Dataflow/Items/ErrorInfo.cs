using System.Text;

namespace AntFlow.Dataflow;

/// <summary>An error as data: it represents an exception where the exception itself cannot be used, such as in JSON.</summary>
/// <remarks>Its size is bounded. A message has at most 8,000 characters and a stack trace at most 16,000; a text that was cut ends with <c>…</c>. The first 10 inner errors of each error are kept,
/// at most 5 levels deep and 50 in all. Unpaired surrogates in a text are replaced by U+FFFD.</remarks>
public sealed record ErrorInfo
{
    private readonly IReadOnlyList<ErrorInfo> _inner = [];

    /// <summary>The name of the type of the exception, with its namespace: <c>System.TimeoutException</c>. If the error was read from a checkpoint, without the namespace.</summary>
    public required string Type { get; init; }

    /// <summary>The message of the exception. Empty if it has none.</summary>
    public string Message { get; init => field = value ?? string.Empty; } = string.Empty;

    /// <summary>The stack trace; null if the exception was not thrown. If the error was read from a checkpoint, the complete text of the exception.</summary>
    public string? StackTrace { get; init; }

    /// <summary>The inner errors: at most one, except for an <see cref="AggregateException"/>. Empty if there is none.</summary>
    public IReadOnlyList<ErrorInfo> Inner { get => _inner; init => _inner = value ?? []; }

    /// <summary>The name of the type without its namespace: <c>TimeoutException</c>.</summary>
    internal string TypeName => ErrorInfoText.ShortName(Type);

    /// <summary>Creates the data of an exception. Never throws: if a member of the exception throws, the data describes this.</summary>
    /// <param name="error">The exception. If it was created by <see cref="ToException"/>, its original data is returned.</param>
    /// <returns>The error as data.</returns>
    public static ErrorInfo From(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        int left = ErrorInfoText.MostErrors;
        return ErrorInfoText.Read(error, 0, ref left);
    }

    /// <summary>Creates an exception that represents this error: it has the message and the type name, and returns this instance from <see cref="StoredFailureException.Info"/>.</summary>
    /// <returns>The exception.</returns>
    public StoredFailureException ToException() => new(this);

    /// <summary>Returns the type without its namespace, and the message.</summary>
    /// <returns>One line, unless the message has more.</returns>
    public override string ToString() => $"{TypeName}: {Message}";

    /// <summary>Returns whether two errors, including their inner errors, are equal.</summary>
    /// <param name="other">The other error.</param>
    /// <returns>True if they are equal.</returns>
    public bool Equals(ErrorInfo? other) =>
        other is not null && string.Equals(Type, other.Type, StringComparison.Ordinal) && string.Equals(Message, other.Message, StringComparison.Ordinal)
            && string.Equals(StackTrace, other.StackTrace, StringComparison.Ordinal) && Inner.SequenceEqual(other.Inner);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Message);

    /// <summary>Returns the complete text, in the format of <see cref="Exception.ToString"/>.</summary>
    internal string ToFullText()
    {
        var text = new StringBuilder();
        Append(text);
        return text.ToString();
    }

    private void Append(StringBuilder text)
    {
        text.Append(Type).Append(": ").Append(Message);
        foreach (ErrorInfo inner in Inner)
        {
            text.AppendLine().Append(" ---> ");
            inner.Append(text);
        }

        if (StackTrace is not null)
            text.AppendLine().Append(StackTrace);
    }
}
