namespace AntFlow.Dataflow.CrashTests.Lives;

/// <summary>One life of the process: what is in its ledger, and how it ended.</summary>
/// <param name="Number">The number of the life in its run.</param>
/// <param name="Code">What the process ended with.</param>
/// <param name="Lines">What happened.</param>
/// <param name="HadSetback">Whether the server of the store was stopped meanwhile.</param>
internal sealed record Life(int Number, int Code, IReadOnlyList<LedgerLine> Lines, bool HadSetback = false)
{
    /// <summary>What a process ends with that was killed by SIGKILL.</summary>
    public const int Killed = 137;

    // What only says that somebody reads what others have done, or is about to do something.
    private static readonly string[] _noWork = ["opening", "opened", "interrupted", "crashed", "forgotten", "loaded", "marking", "dying", "missed", "planned", "planned-for", "signaled", "stopping"];

    /// <summary>What a process ends with that has left by Environment.Exit in the middle of its work.</summary>
    public const int Left = 70;

    /// <summary>What a process ends with of which an exception was caught by nobody.</summary>
    public const int Crashed = 134;

    /// <summary>What a process ends with that was asked to end by SIGTERM.</summary>
    public const int Terminated = 143;

    /// <summary>What a process ends with whose run was stopped gently.</summary>
    public const int Stopped = 3;

    /// <summary>Whether the process was asked to end.</summary>
    public bool WasTerminated => Code == Terminated;

    /// <summary>Whether the store knows that, for sure. A signal that comes before the run is open has nothing to say.</summary>
    public bool WasPlanned => WasTerminated && (Has("planned") || !Has("opened"));

    /// <summary>Whether the process has died, in whichever way.</summary>
    public bool WasKilled => HasDied(Code);

    /// <summary>Whether the ledger grew by work: something began, ended, or was written.</summary>
    public bool HasWorked => Lines.Any(line => !_noWork.Contains(line.What));

    /// <summary>At which moment the process died, if it did so by itself; <c>anywhere</c> if it was killed from outside; null if it was not killed.</summary>
    public string? Moment
    {
        get
        {
            if (Code == Stopped)
                return KillPlan.Stopped;
            if (WasTerminated)
                return KillPlan.Planned;
            if (!WasKilled)
                return null;
            LedgerLine? last = Lines.LastOrDefault(line => line.What is "dying" or "missed");
            return last is { What: "dying" } ? last.Item : "anywhere";
        }
    }

    public static bool HasDied(int code) => code is Killed or Left or Crashed;

    public IEnumerable<LedgerLine> All(string what) => Lines.Where(line => line.What == what);

    public bool Has(string what) => All(what).Any();

    public override string ToString() => $"life {Number} (code {Code}, {Moment ?? "not killed"}): {string.Join("; ", Lines.TakeLast(12))}";
}
