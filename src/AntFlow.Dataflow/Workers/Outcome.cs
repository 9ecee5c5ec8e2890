namespace AntFlow.Dataflow;

/// <summary>The kinds of outcome of an item's stay with a worker.</summary>
internal enum OutcomeKind
{
    /// <summary>None yet: the item's next task has to be run.</summary>
    None,

    /// <summary>None yet: the item's next task has to be run once the worker has a permit for it, or the worker learns that there will be none.</summary>
    AwaitsPermit,

    /// <summary>The last call ended with a value, which the item carries.</summary>
    Succeeded,

    /// <summary>The stage is skipped, and the item carries the value that replaces its own.</summary>
    Skipped,

    /// <summary>The output of the stage is already durable: only <c>OnSuccess</c> is left.</summary>
    Saved,

    /// <summary>The attempt ended with an error, and may be made again.</summary>
    Failed,

    /// <summary>The time of the attempt was over before it could begin, so it was not made.</summary>
    TooLate,

    /// <summary>A function other than a task failed: there is no other attempt.</summary>
    FailedForGood,

    /// <summary>The task has determined that the item has failed: there is no other attempt.</summary>
    FailedFinally,

    /// <summary>A filter did not let the item through: it ends here.</summary>
    Filtered,

    /// <summary>The item waits for its first look.</summary>
    FirstLook,

    /// <summary>The answer is not there yet: the item waits for its next look.</summary>
    Again,

    /// <summary>The run is closing, and the item was counted as canceled.</summary>
    Canceled,

    /// <summary>The stage is paused: the item goes back into the front.</summary>
    Paused,

    /// <summary>The item may not run together with the suspects that run: it is put aside.</summary>
    Suspected,

    /// <summary>Another item has the key of the item: it waits for it, and the worker no longer holds it.</summary>
    AwaitsKey,

    /// <summary>The limit of the first task is reached: the item waits for its start permit, in the line or in the front, and the worker no longer holds it.</summary>
    Limited,

    /// <summary>The item was taken away from the worker while user code ran.</summary>
    Gone,
}

/// <summary>The outcome of an item's stay with a worker, as a value.</summary>
/// <remarks>One word in size: it is the value that is passed and returned most often.</remarks>
internal readonly struct Outcome
{
    private static readonly Mark _awaitsPermit = new(OutcomeKind.AwaitsPermit);
    private static readonly Mark _succeeded = new(OutcomeKind.Succeeded);
    private static readonly Mark _skipped = new(OutcomeKind.Skipped);
    private static readonly Mark _saved = new(OutcomeKind.Saved);
    private static readonly Mark _tooLate = new(OutcomeKind.TooLate);
    private static readonly Mark _firstLook = new(OutcomeKind.FirstLook);
    private static readonly Mark _canceled = new(OutcomeKind.Canceled);
    private static readonly Mark _paused = new(OutcomeKind.Paused);
    private static readonly Mark _suspected = new(OutcomeKind.Suspected);
    private static readonly Mark _awaitsKey = new(OutcomeKind.AwaitsKey);
    private static readonly Mark _limited = new(OutcomeKind.Limited);
    private static readonly Mark _gone = new(OutcomeKind.Gone);

    // Null for None, the error of an attempt, the failure of a function, or a marker of any other kind.
    private readonly object? _what;

    private Outcome(object what) => _what = what;

    /// <summary>No outcome yet: the next task of the item has to be run.</summary>
    public static Outcome None => default;

    public static Outcome AwaitsPermit => new(_awaitsPermit);

    public static Outcome Succeeded => new(_succeeded);

    public static Outcome Skipped => new(_skipped);

    public static Outcome Saved => new(_saved);

    public static Outcome TooLate => new(_tooLate);

    public static Outcome FirstLook => new(_firstLook);

    public static Outcome Canceled => new(_canceled);

    public static Outcome Paused => new(_paused);

    public static Outcome Suspected => new(_suspected);

    public static Outcome AwaitsKey => new(_awaitsKey);

    public static Outcome Limited => new(_limited);

    public static Outcome Gone => new(_gone);

    public OutcomeKind Kind => _what switch
    {
        null => OutcomeKind.None,
        Mark mark => mark.Kind,
        FunctionFailure => OutcomeKind.FailedForGood,
        FinalError final => final.Kind,
        Wait => OutcomeKind.Again,
        _ => OutcomeKind.Failed,
    };

    public bool IsNone => _what is null;

    /// <summary>Whether a task still has to be run.</summary>
    public bool NeedsTask => _what is null || _what == _awaitsPermit;

    public bool IsSuccess => _what == _succeeded;

    public bool AwaitsAPermit => _what == _awaitsPermit;

    /// <summary>The error of the call or the function; null if it has not failed.</summary>
    public Exception? Error => _what switch
    {
        FunctionFailure failure => failure.Error,
        FinalError final => final.Error,
        _ => _what as Exception,
    };

    /// <summary>Whether a filter did not let the item through.</summary>
    public bool IsFiltered => _what is FinalError { Kind: OutcomeKind.Filtered };

    /// <summary>The time until the next look that the task has determined; null for that of the stage.</summary>
    public TimeSpan? Delay => (_what as Wait)?.Delay;

    /// <summary>The function, other than a task, that failed; null for a task.</summary>
    public string? Function => (_what as FunctionFailure)?.Function;

    public static Outcome Failed(Exception error) => new(error);

    public static Outcome FailedForGood(Exception error, string function) => new(new FunctionFailure(error, function));

    public static Outcome FailedFinally(Exception error) => new(new FinalError(OutcomeKind.FailedFinally, error));

    public static Outcome Filtered(Exception error) => new(new FinalError(OutcomeKind.Filtered, error));

    public static Outcome Again(TimeSpan? delay) => new(new Wait(delay));

    public override string ToString() => $"{Kind}{(Error is { } error ? $": {error.Message}" : "")}";

    private sealed class Mark(OutcomeKind kind)
    {
        public OutcomeKind Kind { get; } = kind;
    }

    private sealed record FinalError(OutcomeKind Kind, Exception Error);

    private sealed record Wait(TimeSpan? Delay);

    private sealed record FunctionFailure(Exception Error, string Function);
}
