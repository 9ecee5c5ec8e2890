using AntFlow.Dataflow.TestKit;
using AntFlow.Dataflow.Tests.Stress.Graphs;

namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>Draws a run of several starts from a seed.</summary>
internal static class SurvivalDrawing
{
    private const int MostStages = 4;
    private const int MostSwitches = 2;

    public static SurvivalPlan Draw(int seed)
    {
        Dice dice = Dice.Of(seed, 77);
        bool areLarge = dice.OneIn(12);
        // Crashes, and one item that is mostly the only one that runs at them.
        bool isAlone = dice.OneIn(8);
        int items = isAlone ? 1 : areLarge || dice.OneIn(5) ? dice.Between(1, 3) : dice.Between(4, 40);
        GraphPlan graph = GraphDrawing.Draw(Dice.Of(seed, 23), MostStages, MostSwitches);
        int stages = graph.Elements.Count;
        bool feedsMiddle = stages > 1 && dice.OneIn(3);
        int[] entries = [.. Enumerable.Range(0, items).Select(_ => feedsMiddle && dice.OneIn(3) ? dice.Between(1, stages - 1) : 0)];
        bool persists = dice.OneIn(3);
        List<LifePlan> lives = [.. Enumerable.Range(0, dice.Between(areLarge ? 3 : 1, 5)).Select(_ => DrawLife(dice, items, stages, feedsMiddle, persists))];
        if (isAlone)
            lives = [.. Enumerable.Range(0, 4).Select(_ => DrawLife(dice, items, stages, feedsMiddle, persists) with { Shape = LifeShape.Start, End = LifeEnd.Killed, EndAfter = dice.Between(1, stages) })];
        lives.Add(DrawLast(dice, items, stages, feedsMiddle, persists));
        return new SurvivalPlan
        {
            Seed = seed,
            Items = items,
            EntryStages = entries,
            Graph = graph,
            Stages = [.. graph.Elements.Select(element => DrawStage(dice, element))],
            Lives = lives,
            FaultPercent = dice.Pick(0, 10, 30),
            StoreFaultPercent = areLarge ? dice.Pick(5, 25, 50) : dice.Pick(0, 5, 25, 50),
            IsStoreSlow = dice.OneIn(2),
            Options = DrawOptions(dice, persists, isAlone),
            OrderResults = dice.OneIn(4),
            DuplicateHandling = Dice.Of(seed, 21).Pick<DuplicateHandling?>(null, DuplicateHandling.Fail, DuplicateHandling.Ignore, DuplicateHandling.Ignore),
            TrustsStore = persists && dice.OneIn(2),
            AreValuesLarge = areLarge,
        };
    }

    private static CheckpointOptions DrawOptions(Dice dice, bool persists, bool isAlone) => new()
    {
        MaxSaving = dice.Pick(1, 3, 1024),
        MaxSavingBytes = dice.Pick(1, 40, 64 << 20),
        MaxCrashes = isAlone ? dice.Between(1, 3) : dice.Pick(1, 2, 3, 3, 3, 100),
        PersistInput = persists,
        ResumeFailed = dice.OneIn(3),
        UncertainAnswerHandling = dice.Pick(UncertainAnswerHandling.RunAgain, UncertainAnswerHandling.Fail),
        GiveUpAfter = dice.Pick(TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(5), TimeSpan.FromMilliseconds(300), TimeSpan.Zero),
    };

    private static SurvivorStage DrawStage(Dice dice, ElementPlan element)
    {
        int workers = dice.Between(1, 4);
        bool hasTasks = element.Shape == Shape.Tasks;
        return new SurvivorStage
        {
            Index = element.Stage,
            Shape = element.Shape,
            Poll = element.Shape == Shape.Poll ? DrawPoll(dice) : null,
            Workers = workers,
            Limits = [.. Enumerable.Range(0, hasTasks ? dice.Between(1, 3) : 1).Select(_ => hasTasks && dice.OneIn(3) ? dice.Between(1, workers) : (int?)null)],
            Capacity = dice.Pick<int?>(null, 1, 3, StageOptions.Unbounded),
            Attempts = dice.Between(1, 3),
            Scope = dice.Pick(RetryScope.Task, RetryScope.Stage),
            MaxInFlight = dice.OneIn(3) ? workers + dice.Between(0, 5) : null,
            AttemptTimeoutMs = dice.OneIn(5) ? dice.Between(2, 10) : null,
            ItemTimeoutMs = element.Shape == Shape.Poll ? (dice.OneIn(2) ? dice.Between(10, 100) : null) : dice.OneIn(6) ? dice.Between(5, 40) : null,
            // A switch cannot be skipped.
            Skips = dice.OneIn(4) && element.Shape != Shape.Switch,
            OnSuccess = dice.OneIn(2),
            OnFailure = dice.OneIn(3),
            Once = dice.Pick(OnceShape.Nothing, OnceShape.Nothing, OnceShape.WithFind, OnceShape.WithoutFind),
        };
    }

    private static SurvivorPoll DrawPoll(Dice dice)
    {
        var every = TimeSpan.FromMilliseconds(dice.Pick(1, 10));
        return new SurvivorPoll(every, dice.Pick<TimeSpan?>(null, null, TimeSpan.Zero, TimeSpan.FromMilliseconds(3)), dice.Pick(0, 0, 0.1));
    }

    private static LifePlan DrawLife(Dice dice, int items, int stages, bool feedsMiddle, bool persists)
    {
        int[] order = [.. Enumerable.Range(0, items)];
        if (dice.OneIn(2))
            order = [.. order.OrderBy(_ => dice.Below(1_000_000))];
        IEnumerable<int> fed = dice.OneIn(3) ? order.Take(dice.Between(0, items)) : order;
        // Now and then one comes twice, and sometimes many do.
        if (dice.OneIn(4))
            fed = fed.Append(dice.Below(items));
        else if (dice.OneIn(6))
            fed = fed.SelectMany(item => item % 3 == 0 ? [item, item] : new[] { item });
        LifeShape shape = feedsMiddle ? LifeShape.Start : dice.Pick(LifeShape.Start, LifeShape.Start, LifeShape.Start, LifeShape.RunAsync, LifeShape.StreamAsync, LifeShape.StreamAsync);
        LifeEnd end = shape switch
        {
            LifeShape.Start => dice.Pick(
                LifeEnd.Killed, LifeEnd.Killed, LifeEnd.Killed, LifeEnd.Canceled, LifeEnd.StoppedAfterStage, LifeEnd.StoppedAfterItem, LifeEnd.StoppedInFailures, LifeEnd.StoppedInFailures, LifeEnd.StoppedWithGrace, LifeEnd.Disposed, LifeEnd.Completed),
            LifeShape.RunAsync => dice.Pick(LifeEnd.Killed, LifeEnd.Canceled, LifeEnd.Completed),
            _ => dice.Pick(LifeEnd.Killed, LifeEnd.Canceled, LifeEnd.Completed, LifeEnd.Left, LifeEnd.Left),
        };
        int endAfter = dice.Between(0, items * stages);
        return new LifePlan
        {
            Shape = shape,
            End = end,
            EndAfter = end == LifeEnd.Left ? dice.Between(1, items) : endAfter,
            Items = [.. fed],
            Feeders = dice.Between(1, 2),
            CallSize = dice.Pick(1, 4, persists ? 2 : 1_000),
            StopAfterFailures = dice.OneIn(10) ? dice.Between(1, 3) : null,
            GraceMs = dice.Below(10),
            Moves = shape == LifeShape.Start ? DrawMoves(dice, stages, endAfter) : [],
        };
    }

    /// <summary>The last start runs to its end, whatever was done before.</summary>
    private static LifePlan DrawLast(Dice dice, int items, int stages, bool feedsMiddle, bool persists) => DrawLife(dice, items, stages, feedsMiddle, persists) with
    {
        Shape = feedsMiddle || persists ? LifeShape.Start : dice.Pick(LifeShape.Start, LifeShape.RunAsync, LifeShape.StreamAsync),
        End = LifeEnd.Completed,
        EndAfter = int.MaxValue,
        Items = [.. Enumerable.Range(0, items)],
        StopAfterFailures = null,
        Moves = [],
    };

    private static List<MovePlan> DrawMoves(Dice dice, int stages, int endAfter)
    {
        List<MovePlan> moves = [];
        int count = dice.Pick(0, 0, 2, 5);
        for (int i = 0; i < count; i++)
            moves.Add(new MovePlan((Move)dice.Below((int)Move.Complete), dice.Below(stages), dice.Between(1, 6), dice.Below(endAfter + 1), 0));
        moves.Sort((left, right) => left.AfterCalls.CompareTo(right.AfterCalls));
        return moves;
    }
}
