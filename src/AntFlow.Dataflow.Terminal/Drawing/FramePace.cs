namespace AntFlow.Dataflow.Terminal;

/// <summary>Decides when a frame may be drawn: at most four times a second, and only if it differs from the last one. Has no clock.</summary>
internal sealed class FramePace
{
    private static readonly TimeSpan _least = TimeSpan.FromMilliseconds(250);

    private IReadOnlyList<Line>? _last;
    private TimeSpan _drawnAt = TimeSpan.MinValue;

    /// <summary>Whether it is too early for another frame.</summary>
    public bool IsTooEarly(TimeSpan now) => _drawnAt != TimeSpan.MinValue && now - _drawnAt < _least;

    /// <summary>Whether to draw these lines now; then they count as drawn.</summary>
    public bool TryBegin(IReadOnlyList<Line> lines, TimeSpan now)
    {
        if (IsTooEarly(now) || (_last is not null && _last.SequenceEqual(lines)))
            return false;
        _last = lines;
        _drawnAt = now;
        return true;
    }

    /// <summary>Forgets the last frame, because it was erased.</summary>
    public void Forget() => _last = null;
}
