using System.Text;

namespace AntFlow.Dataflow;

/// <summary>An error as data: what is left of an exception where the exception itself cannot go, such as in JSON.</summary>
/// <remarks>Bounded, whatever the exception is like: a message has at most 8,000 characters and a stack 16,000 (a text that was cut ends with <c>…</c>); of the errors inside it the first 10 of each
/// error are kept, 5 deep and 50 in all. Half a surrogate pair in a text becomes U+FFFD.</remarks>
public sealed record ErrorInfo
{
    private readonly IReadOnlyList<ErrorInfo> _inner = [];

    /// <summary>The name of the type of the exception, with its namespace: <c>System.TimeoutException</c>. Of what a checkpoint has stored, without it.</summary>
    public required string Type { get; init; }

    /// <summary>What the exception says. Empty if it says nothing.</summary>
    public string Message { get; init => field = value ?? string.Empty; } = string.Empty;

    /// <summary>Where it was thrown; null if it was not. Of what a checkpoint has stored, the whole text of the exception.</summary>
    public string? StackTrace { get; init; }

    /// <summary>The errors inside it: one at most, but for an <see cref="AggregateException"/>. Empty if there is none.</summary>
    public IReadOnlyList<ErrorInfo> Inner { get => _inner; init => _inner = value ?? []; }

    /// <summary>The name of the type without its namespace, as people write it: <c>TimeoutException</c>.</summary>
    internal string TypeName => ErrorInfoText.ShortName(Type);

    /// <summary>What an exception says of itself. Never throws: of a member that does, it says so.</summary>
    /// <param name="error">The exception. One that was made by <see cref="ToException"/> gives what it was made from.</param>
    /// <returns>The error as data.</returns>
    public static ErrorInfo From(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        int left = ErrorInfoText.MostErrors;
        return ErrorInfoText.Read(error, 0, ref left);
    }

    /// <summary>An exception that stands for the one this was made from: it has its message and the name of its type, and gives this again (<see cref="StoredFailureException.Info"/>).</summary>
    /// <returns>The exception.</returns>
    public StoredFailureException ToException() => new(this);

    /// <summary>The type without its namespace, and the message.</summary>
    /// <returns>One line, unless the message has more.</returns>
    public override string ToString() => $"{TypeName}: {Message}";

    /// <summary>Whether two errors say the same, and all that is inside them.</summary>
    /// <param name="other">The other error.</param>
    /// <returns>Whether they do.</returns>
    public bool Equals(ErrorInfo? other) =>
        other is not null && string.Equals(Type, other.Type, StringComparison.Ordinal) && string.Equals(Message, other.Message, StringComparison.Ordinal)
            && string.Equals(StackTrace, other.StackTrace, StringComparison.Ordinal) && Inner.SequenceEqual(other.Inner);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Message);

    /// <summary>The whole text, as an exception prints itself.</summary>
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
