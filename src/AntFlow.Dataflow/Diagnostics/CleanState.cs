using System.Collections;

namespace AntFlow.Dataflow;

/// <summary>A log line that contains texts of the user that are not clean, with these texts cleaned.</summary>
internal sealed class CleanState : IReadOnlyList<KeyValuePair<string, object?>>
{
    private readonly KeyValuePair<string, object?>[] _values;
    private readonly string _message;

    private CleanState(KeyValuePair<string, object?>[] values, string message)
    {
        _values = values;
        _message = message;
    }

    public int Count => _values.Length;

    public KeyValuePair<string, object?> this[int index] => _values[index];

    /// <summary>Returns the line with clean texts; null if all texts are clean.</summary>
    /// <param name="state">The values of the line.</param>
    /// <param name="exception">The exception that is logged with the line. It stays unchanged.</param>
    /// <param name="formatter">Formats the message.</param>
    public static CleanState? Of<TState>(TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> values || !HasUnclean(values))
            return null;
        return new CleanState([.. values.Select(pair => KeyValuePair.Create(pair.Key, Clean(pair.Value)))], CleanText.Of(formatter(state, exception)));
    }

    public override string ToString() => _message;

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _values.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static bool HasUnclean(IReadOnlyList<KeyValuePair<string, object?>> values)
    {
        for (int i = 0; i < values.Count; i++)
        {
            if (TextOf(values[i].Value) is { } text && !CleanText.IsClean(text))
                return true;
        }

        return false;
    }

    private static object? Clean(object? value) => TextOf(value) is { } text && !CleanText.IsClean(text) ? CleanText.Of(text) : value;

    // Only values of these types contain texts of the user.
    private static string? TextOf(object? value) => value as string ?? (value is ItemId id ? id.ToString() : null);
}
