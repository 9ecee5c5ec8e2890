using System.Globalization;
using System.Text;
using AntFlow.Dataflow.TestKit;
using AntFlow.Dataflow.Tests.Stress.Graphs;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>When a planned stage looks.</summary>
internal sealed record PollPlan(int EveryMs, int? FirstMs, double Jitter);

internal sealed record StagePlan
{
    public required int Index { get; init; }

    public required Shape Shape { get; init; }

    /// <summary>When it looks; null if it does not poll.</summary>
    public required PollPlan? Poll { get; init; }

    public string Name => string.Create(CultureInfo.InvariantCulture, $"S{Index}");

    public required int Workers { get; init; }

    public required int? Capacity { get; init; }

    /// <summary>The limit of each task.</summary>
    public required IReadOnlyList<int?> Limits { get; init; }

    public required int Attempts { get; init; }

    public required bool HasThrottle { get; init; }

    public required bool HasDelayFor { get; init; }

    public required RetryScope Scope { get; init; }

    public required int? AttemptTimeoutMs { get; init; }

    public required int? ItemTimeoutMs { get; init; }

    public required int? MaxInFlight { get; init; }

    public required bool Skips { get; init; }

    public required bool SkipsTo { get; init; }

    public required bool OnSuccess { get; init; }

    public required bool OnFailure { get; init; }

    public required bool HasScheduler { get; init; }

    public required TaskShape Form { get; init; }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Name}: {Shape}, {Form}, {Workers} workers, capacity {Text(Capacity)}, limits [{string.Join(' ', Limits.Select(Text))}], {Attempts} attempts, scope {Scope}");
        Add(text, "AttemptTimeout", AttemptTimeoutMs);
        Add(text, "ItemTimeout", ItemTimeoutMs);
        Add(text, "MaxInFlight", MaxInFlight);
        if (Poll is not null)
            text.Append(CultureInfo.InvariantCulture, $", {Poll}");
        foreach ((bool has, string name) in new[] { (HasThrottle, "IsThrottle"), (HasDelayFor, "DelayFor"), (Skips, "SkipIf"), (SkipsTo, "SkipTo"), (OnSuccess, "OnSuccess"), (OnFailure, "OnFailure"), (HasScheduler, "Scheduler") })
        {
            if (has)
                text.Append(", ").Append(name);
        }

        return text.ToString();
    }

    private static string Text(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "default";

    private static void Add(StringBuilder text, string name, int? value)
    {
        if (value is not null)
            text.Append(CultureInfo.InvariantCulture, $", {name} {value}");
    }
}

internal sealed record FeederPlan(int Index, FeedShape Shape, int Stage, int Count, int? Priority, int? ThrowsAt, int? CanceledAt, bool IsSlow)
{
    /// <summary>The numbers of the items of a feeder are below this, but for where they begin.</summary>
    public const int MostItems = 10_000;

    /// <summary>The numbers of its items begin here.</summary>
    public int First => Index * MostItems;
}

/// <summary>A move, made once so many calls have begun, or nothing begins any more.</summary>
internal sealed record MovePlan(Move Move, int Stage, int Workers, int AfterCalls, int GraceMs);

/// <summary>Everything about one case, drawn from its seed: printed, it describes how to repeat it manually.</summary>
internal sealed record Plan
{
    public required int Seed { get; init; }

    /// <summary>How the stages are linked.</summary>
    public required GraphPlan Graph { get; init; }

    public required IReadOnlyList<StagePlan> Stages { get; init; }

    /// <summary>Whether an input that does not answer can be given up in the time of a case.</summary>
    public bool MayLeaveInputs => Clock == Clock.Stepped || AbandonAfterMs < 1_000;

    public required IReadOnlyList<FeederPlan> Feeders { get; init; }

    public required IReadOnlyList<MovePlan> Moves { get; init; }

    public required RunShape Shape { get; init; }

    public required Reading Reading { get; init; }

    public required int ResultCapacity { get; init; }

    public required int LeaveAfter { get; init; }

    public required int FaultPercent { get; init; }

    public required int SlowPercent { get; init; }

    public required Clock Clock { get; init; }

    public required LogShape Log { get; init; }

    public required DisplayShape Display { get; init; }

    /// <summary>What each observer asks for.</summary>
    public required IReadOnlyList<ObserverInterests> Observers { get; init; }

    public required TrackShape Track { get; init; }

    public required int TrackCapacity { get; init; }

    public required bool Identifies { get; init; }

    /// <summary>Whether the caller that starts the run has set an AsyncLocal.</summary>
    public required bool HasCallerContext { get; init; }

    public required DuplicateHandling? DuplicateHandling { get; init; }

    /// <summary>Whether some items come with the id of another one.</summary>
    public required bool Repeats { get; init; }

    /// <summary>Whether an item may be ignored for its id.</summary>
    public bool Ignores => Repeats && DuplicateHandling == Dataflow.DuplicateHandling.Ignore;

    public required int? StopAfterFailures { get; init; }

    public required int AbandonAfterMs { get; init; }

    /// <summary>Whether results come in input order. A reader that changes places between a block and the run behind it sees only some of them in each.</summary>
    public bool Orders => Reading == Reading.ReadInOrder || (Reading == Reading.ReadAndChange && Shape == RunShape.AsBlock && Seed % 2 == 0);

    /// <summary>Whether nothing is notified of single items.</summary>
    public bool IsUnobserved => Log == LogShape.None && Track == TrackShape.None;

    public int Items => Feeders.Sum(feeder => feeder.Count);

    /// <summary>The number an item is named by: its own, or that of another item, of its own feeder or of the first one, which feeds at the same time.</summary>
    public int NameOf(int number)
    {
        Dice dice = Dice.Of(Seed, 20, number);
        if (!Repeats || !dice.OneIn(3))
            return number;
        int position = number % FeederPlan.MostItems;
        // An even one stays even: those have ids of their own.
        return dice.OneIn(2) ? position : position < 2 ? number : number - 2;
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"plan {Seed}: {Shape}, {Reading} (ordered {Orders}, capacity {ResultCapacity}, leave after {LeaveAfter}), {FaultPercent}% faults, {SlowPercent}% slow, clock {Clock}, log {Log}, display {Display}, observers [{string.Join("; ", Observers)}], tracker {Track} ({TrackCapacity}), IdentifyBy {Identifies}, AsyncLocal {HasCallerContext}, DuplicateHandling {(DuplicateHandling is null ? "unset" : DuplicateHandling)}, repeats {Repeats}, StopAfterFailures {StopAfterFailures}, AbandonAfter {AbandonAfterMs} ms");
        text.Append("  ").AppendLine(Graph.ToString());
        foreach (StagePlan stage in Stages)
            text.Append("  ").AppendLine(stage.ToString());
        foreach (FeederPlan feeder in Feeders)
            text.Append("  ").AppendLine(feeder.ToString());
        foreach (MovePlan move in Moves)
            text.Append("  ").AppendLine(move.ToString());
        return text.ToString();
    }
}
