namespace AntFlow.Dataflow.Shapes;

/// <summary>The answer of a look that is not the final value: look again, or the item has failed. Converts to <see cref="Poll{T}"/>, which a function of <c>ThenPoll</c> returns.</summary>
public readonly struct Poll
{
    internal Poll(TimeSpan? delay, Exception? error)
    {
        Delay = delay;
        Error = error;
    }

    /// <summary>Looks again after the time between two looks of the stage (<c>every</c>).</summary>
    public static Poll Again => default;

    internal TimeSpan? Delay { get; }

    internal Exception? Error { get; }

    /// <summary>Looks again after a time of its own, such as that of a <c>Retry-After</c> header. It is not varied by <c>PollOptions.Jitter</c>.</summary>
    /// <param name="delay">The time, from zero on. Zero looks again as soon as a worker is free.</param>
    /// <returns>The answer.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="delay"/> is negative.</exception>
    public static Poll After(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        return new Poll(delay, error: null);
    }

    /// <summary>The item has failed for good: it is not looked at again, and not retried. An exception that the function throws instead follows the retry policy.</summary>
    /// <param name="error">The error of the item's result.</param>
    /// <returns>The answer.</returns>
    public static Poll Failed(Exception error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new Poll(delay: null, error);
    }

    /// <summary>The item continues with a value.</summary>
    /// <param name="value">The value.</param>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <returns>The answer.</returns>
    public static Poll<T> Done<T>(T value) => new(value);
}

/// <summary>The answer of a look: a value, or look again, or the item has failed. Make one with <see cref="Poll"/>; the default value looks again.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
public readonly struct Poll<T>
{
    private readonly Poll _other;

    internal Poll(T value)
    {
        Value = value;
        IsDone = true;
    }

    private Poll(Poll other) => _other = other;

    /// <summary>Whether the answer is a value.</summary>
    public bool IsDone { get; }

    /// <summary>The value; the default value of its type if <see cref="IsDone"/> is false.</summary>
    public T? Value { get; }

    /// <summary>The error of an item that has failed; null otherwise.</summary>
    public Exception? Error => _other.Error;

    /// <summary>The time until the next look, if the answer has one of its own; null otherwise.</summary>
    public TimeSpan? Delay => _other.Delay;

    /// <summary>Converts an answer that is not a value.</summary>
    /// <param name="answer">The answer.</param>
    public static implicit operator Poll<T>(Poll answer) => FromPoll(answer);

    /// <summary>Converts an answer that is not a value, for languages without conversion operators.</summary>
    /// <param name="answer">The answer.</param>
    /// <returns>The same answer.</returns>
    public static Poll<T> FromPoll(Poll answer) => new(answer);

    /// <summary>Returns what the answer says: <c>Done: 5</c>, <c>Again</c>, <c>After 00:00:30</c> or <c>Failed: ...</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() =>
        IsDone ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Done: {Value}")
        : Error is { } error ? $"Failed: {ErrorText.Of(error)}"
        : Delay is { } delay ? $"After {delay}"
        : "Again";
}
