using System.Globalization;
using AntFlow.Dataflow.Tests.Stress.Graphs;

namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>When a stage of all starts looks.</summary>
internal sealed record SurvivorPoll(TimeSpan Every, TimeSpan? First, double Jitter);

/// <summary>A stage of all starts.</summary>
internal sealed record SurvivorStage
{
    public required int Index { get; init; }

    public required Shape Shape { get; init; }

    /// <summary>When it looks; null if it does not poll.</summary>
    public required SurvivorPoll? Poll { get; init; }

    public string Name => string.Create(CultureInfo.InvariantCulture, $"S{Index}");

    public required int Workers { get; init; }

    /// <summary>The limit of each task.</summary>
    public required IReadOnlyList<int?> Limits { get; init; }

    public required int? Capacity { get; init; }

    public required int Attempts { get; init; }

    public required RetryScope Scope { get; init; }

    public required int? MaxInFlight { get; init; }

    public required int? AttemptTimeoutMs { get; init; }

    public required int? ItemTimeoutMs { get; init; }

    public required bool Skips { get; init; }

    public required bool OnSuccess { get; init; }

    public required bool OnFailure { get; init; }

    public required OnceShape Once { get; init; }

    public bool HasTimeout => AttemptTimeoutMs is not null || ItemTimeoutMs is not null;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name}: {Shape}, {Poll}, {Workers} workers, limits [{string.Join(' ', Limits.Select(limit => limit?.ToString(CultureInfo.InvariantCulture) ?? "none"))}], capacity {Capacity}, {Attempts} attempts, scope {Scope}, MaxInFlight {MaxInFlight}, AttemptTimeout {AttemptTimeoutMs}, ItemTimeout {ItemTimeoutMs}, SkipIf {Skips}, OnSuccess {OnSuccess}, OnFailure {OnFailure}, once {Once}");
}

/// <summary>A start of the run: which items it feeds, and how it ends.</summary>
internal sealed record LifePlan
{
    public required LifeShape Shape { get; init; }

    public required LifeEnd End { get; init; }

    /// <summary>The end comes once so many calls have begun, or nothing begins any more; for <see cref="LifeEnd.Left"/>, so many results.</summary>
    public required int EndAfter { get; init; }

    public required IReadOnlyList<int> Items { get; init; }

    public required int Feeders { get; init; }

    /// <summary>How many items a feed call has.</summary>
    public required int CallSize { get; init; }

    public required int? StopAfterFailures { get; init; }

    public required int GraceMs { get; init; }

    public required IReadOnlyList<MovePlan> Moves { get; init; }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Shape}, {End} after {EndAfter} (grace {GraceMs} ms), StopAfterFailures {StopAfterFailures}, {Feeders} feeders, {CallSize} items a call: {string.Join(',', Items)}{string.Concat(Moves.Select(move => $"\n    {move}"))}");
}

/// <summary>A run of several starts, drawn from its seed.</summary>
internal sealed record SurvivalPlan
{
    public required int Seed { get; init; }

    public required int Items { get; init; }

    /// <summary>The index of the stage each item is fed into.</summary>
    public required IReadOnlyList<int> EntryStages { get; init; }

    /// <summary>How the stages are linked.</summary>
    public required GraphPlan Graph { get; init; }

    public required IReadOnlyList<SurvivorStage> Stages { get; init; }

    public required IReadOnlyList<LifePlan> Lives { get; init; }

    public required int FaultPercent { get; init; }

    public required int StoreFaultPercent { get; init; }

    public required bool IsStoreSlow { get; init; }

    public required CheckpointOptions Options { get; init; }

    public required bool OrderResults { get; init; }

    public required DuplicateHandling? DuplicateHandling { get; init; }

    /// <summary>Whether an item that is fed twice in a start is ignored.</summary>
    public bool Ignores => DuplicateHandling == Dataflow.DuplicateHandling.Ignore;

    /// <summary>Whether the last start does not feed again the items for which a feed call has returned.</summary>
    public required bool TrustsStore { get; init; }

    /// <summary>Whether values are too large for one row.</summary>
    public required bool AreValuesLarge { get; init; }

    public ItemId IdOf(int item) => EntryStages[item] == 0 ? new ItemId($"item {item}") : item % 2 == 0 ? new ItemId(item) : new ItemId(new Guid(item, 0, 0, new byte[8]));

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"survival {Seed}: {Items} items, fed into [{string.Join(' ', EntryStages)}], {FaultPercent}% faults, {StoreFaultPercent}% of the store's calls fail, slow {IsStoreSlow}, {System.Text.Json.JsonSerializer.Serialize(Options)}, OrderResults {OrderResults}, DuplicateHandling {(DuplicateHandling is null ? "unset" : DuplicateHandling)}, trusts {TrustsStore}, large {AreValuesLarge}\n  {Graph}\n  {string.Join("\n  ", Stages)}\n  {string.Join("\n  ", Lives)}");
}
