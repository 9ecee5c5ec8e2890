using System.Collections;

namespace AntFlow.Dataflow;

/// <summary>A line of the log whose texts are of the user's and were not clean: the same line with clean ones.</summary>
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

    /// <summary>The line with clean texts; null if all are.</summary>
    /// <param name="state">The values of the line.</param>
    /// <param name="exception">What is logged along. It stays as it is.</param>
    /// <param name="formatter">Makes the message of them.</param>
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

    // Of all that is logged, only these have a text of the user's.
    private static string? TextOf(object? value) => value as string ?? (value is ItemId id ? id.ToString() : null);
}
