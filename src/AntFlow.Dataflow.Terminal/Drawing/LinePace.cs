namespace AntFlow.Dataflow.Terminal;

/// <summary>Decides when another plain line is written: at once after a change of the state, every few seconds after other changes, and otherwise once a minute. Has no clock.</summary>
internal sealed class LinePace
{
    public static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan AtLeast = TimeSpan.FromMinutes(1);

    private string? _state;
    private string? _text;
    private TimeSpan _writtenAt;

    public bool TryBegin(string state, string text, TimeSpan now)
    {
        bool isDue = !string.Equals(state, _state, StringComparison.Ordinal)
            || (now - _writtenAt >= BetweenLines && !string.Equals(text, _text, StringComparison.Ordinal))
            || now - _writtenAt >= AtLeast;
        if (isDue)
            (_state, _text, _writtenAt) = (state, text, now);
        return isDue;
    }
}
