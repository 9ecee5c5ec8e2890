using System.Globalization;

namespace AntFlow.Dataflow.Terminal;

/// <summary>Formats numbers and times for people, in few characters.</summary>
internal static class Say
{
    private static readonly CultureInfo _culture = CultureInfo.InvariantCulture;

    /// <summary><c>1,234,567</c>.</summary>
    public static string Count(long count) => count.ToString("N0", _culture);

    /// <summary>At most five characters: <c>9,999</c>, <c>12.3k</c>, <c>4.5M</c>.</summary>
    public static string Short(long count) => count switch
    {
        < 10_000 => Count(count),
        < 99_950 => (count / 1_000d).ToString("0.0", _culture) + "k",
        < 999_500 => (count / 1_000d).ToString("0", _culture) + "k",
        < 99_950_000 => (count / 1_000_000d).ToString("0.0", _culture) + "M",
        < 999_500_000 => (count / 1_000_000d).ToString("0", _culture) + "M",
        _ => (count / 1_000_000_000d).ToString("0.0", _culture) + "G",
    };

    /// <summary>At most six characters: <c>35ms</c>, <c>1.2s</c>, <c>2m05s</c>, <c>3h20m</c>, <c>12d05h</c>.</summary>
    public static string Time(TimeSpan time) => time switch
    {
        { Ticks: <= 0 } => "0s",
        { TotalMilliseconds: < 1 } => "<1ms",
        { TotalMilliseconds: < 999.5 } => time.TotalMilliseconds.ToString("0", _culture) + "ms",
        { TotalSeconds: < 9.95 } => time.TotalSeconds.ToString("0.0", _culture) + "s",
        { TotalSeconds: < 60 } => ((int)time.TotalSeconds).ToString(_culture) + "s",
        { TotalHours: < 1 } => string.Create(_culture, $"{time.Minutes}m{time.Seconds:00}s"),
        { TotalDays: < 1 } => string.Create(_culture, $"{time.Hours}h{time.Minutes:00}m"),
        _ => string.Create(_culture, $"{(int)time.TotalDays}d{time.Hours:00}h"),
    };

    /// <summary>Whole seconds, for what ticks: <c>0s</c>, <c>12s</c>, <c>2m05s</c>.</summary>
    public static string WholeSeconds(TimeSpan time) => time.TotalSeconds < 60 ? ((int)Math.Max(0, time.TotalSeconds)).ToString(_culture) + "s" : Time(time);

    /// <summary>Items per second; slower rates per minute or hour.</summary>
    public static string Rate(double? perSecond) => perSecond switch
    {
        null => "-/s",
        0 => "0/s",
        < 0.1 and >= 0.1 / 60 => (perSecond.Value * 60).ToString("0.0", _culture) + "/min",
        < 0.1 => (perSecond.Value * 3600).ToString("0.0", _culture) + "/h",
        < 99.95 => perSecond.Value.ToString("0.0", _culture) + "/s",
        _ => Short((long)Math.Round(perSecond.Value)) + "/s",
    };

    public static string Percent(double share) =>
        // Never 100 before the end.
        ((int)Math.Floor(Math.Clamp(share, 0, 1) * 100)).ToString(_culture) + " %";

    public static string Remaining(RemainingTime remaining)
    {
        if (remaining.Low is not { } low || remaining.High is not { } high)
            return remaining.UnknownBecause is { Length: > 0 } why ? $"ETA unknown: {why}" : "ETA unknown";
        string from = WholeSeconds(low);
        string to = WholeSeconds(high);
        return string.Equals(from, to, StringComparison.Ordinal) ? $"ETA {from}" : $"ETA {from}-{to}";
    }

    public static string Error(Exception error) => TextWidth.Clean($"{(error as StoredFailureException)?.OriginalType ?? error.GetType().Name}: {Message(error)}");

    /// <summary>Returns the message of an exception. The message is user code, and may throw.</summary>
    public static string Message(Exception error)
    {
        try
        {
            return error.Message;
        }
        catch (Exception)
        {
            return "its message cannot be read";
        }
    }

    public static string Plural(long count, string one, string many) => $"{Count(count)} {(count == 1 ? one : many)}";
}
