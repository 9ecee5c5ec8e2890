using System.Globalization;

namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>How a life of a run ends.</summary>
internal enum LifeEnd
{
    /// <summary>By itself.</summary>
    Completed,

    /// <summary>The process is killed.</summary>
    Killed,

    Canceled,

    Stopped,
}

/// <summary>What a body does at a call.</summary>
internal enum Deed
{
    Return,
    Yield,
    Sleep,
    Throw,
    ThrowForGood,
    Throttle,
    LoseTheAnswer,
}

/// <summary>A stage of all lives.</summary>
internal sealed record SurvivorStage(string Name, int Workers, int Tasks, int Attempts, RetryScope Scope, int? MaxInFlight, bool Skips, bool OnSuccess, bool Onces);

/// <summary>A life: which items it feeds, and how it ends.</summary>
internal sealed record LifePlan(LifeEnd End, int EndAfterCalls, IReadOnlyList<int> Items, int Feeders);

/// <summary>A run of several lives, drawn from its seed.</summary>
internal sealed record SurvivalPlan(
    int Seed, int Items, IReadOnlyList<SurvivorStage> Stages, IReadOnlyList<LifePlan> Lives, int FaultPercent, int StoreFaultPercent, CheckpointOptions Options, bool OrderResults)
{
    public static SurvivalPlan Draw(int seed)
    {
        Dice dice = Dice.Of(seed, 77);
        int items = dice.OneIn(5) ? dice.Between(1, 3) : dice.Between(4, 60);
        SurvivorStage[] stages = [.. Enumerable.Range(0, dice.Between(1, 4)).Select(i => DrawStage(dice, i))];
        List<LifePlan> lives = [.. Enumerable.Range(0, dice.Between(1, 5)).Select(_ => DrawLife(dice, items, stages.Length))];
        lives.Add(new LifePlan(LifeEnd.Completed, int.MaxValue, [.. Enumerable.Range(0, items)], 1));
        var options = new CheckpointOptions
        {
            MaxSaving = dice.Pick(1, 3, 1024),
            MaxCrashes = dice.Pick(1, 3, 100),
            PersistInput = dice.OneIn(3),
            ResumeFailed = dice.OneIn(3),
        };
        return new SurvivalPlan(seed, items, stages, lives, dice.Pick(0, 10, 30), dice.Pick(0, 5, 25), options, dice.OneIn(4));
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"survival {Seed}: {Items} items, {FaultPercent}% faults, {StoreFaultPercent}% of the store's calls fail, {Options}, OrderResults {OrderResults}\n  {string.Join("\n  ", Stages)}\n  {string.Join("\n  ", Lives.Select(life => $"{life.End} after {life.EndAfterCalls}, {life.Feeders} feeders: {string.Join(',', life.Items)}"))}");

    private static SurvivorStage DrawStage(Dice dice, int index)
    {
        int workers = dice.Between(1, 4);
        return new SurvivorStage(
            string.Create(CultureInfo.InvariantCulture, $"S{index}"), workers, dice.Between(1, 3), dice.Between(1, 3), dice.Pick(RetryScope.Task, RetryScope.Stage),
            dice.OneIn(3) ? workers + dice.Between(0, 5) : null, dice.OneIn(4), dice.OneIn(3), dice.OneIn(2));
    }

    private static LifePlan DrawLife(Dice dice, int items, int stages)
    {
        int[] order = [.. Enumerable.Range(0, items)];
        if (dice.OneIn(2))
            order = [.. order.OrderBy(_ => dice.Below(1_000_000))];
        IEnumerable<int> fed = dice.OneIn(3) ? order.Take(dice.Between(0, items)) : order;
        // Now and then one comes twice.
        if (dice.OneIn(4))
            fed = fed.Append(dice.Below(items));
        LifeEnd end = dice.Pick(LifeEnd.Killed, LifeEnd.Killed, LifeEnd.Killed, LifeEnd.Canceled, LifeEnd.Stopped, LifeEnd.Completed);
        return new LifePlan(end, dice.Between(0, items * stages), [.. fed], dice.Between(1, 2));
    }
}
