using AntFlow.Dataflow.TestKit;
using AntFlow.Dataflow.Tests.Stress.Graphs;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Draws a plan from a seed.</summary>
internal static class PlanDrawing
{
    private const int MostStages = 6;
    private const int MostSwitches = 3;

    public static Plan Draw(int seed)
    {
        Dice dice = Dice.Of(seed);
        GraphPlan graph = GraphDrawing.Draw(Dice.Of(seed, 23), MostStages, MostSwitches);
        int stageCount = graph.Elements.Count;
        bool isNarrow = Dice.Of(seed, 24).OneIn(10);
        RunShape shape = dice.Pick(RunShape.Start, RunShape.Start, RunShape.Start, RunShape.Start, RunShape.Start, RunShape.RunAsync, RunShape.StreamAsync, RunShape.AsBlock, RunShape.AsBlock);
        Clock clock = dice.Pick(Clock.Real, Clock.Real, Clock.Stepped);
        int load = dice.Pick(8, 40, 40, 120);
        Reading reading = shape switch
        {
            RunShape.RunAsync => Reading.Collect,
            RunShape.AsBlock => dice.Pick(Reading.Read, Reading.ReadInOrder, Reading.ReadAndChange, Reading.ReadAndLeave),
            RunShape.StreamAsync => dice.Pick(Reading.Read, Reading.ReadInOrder, Reading.ReadAndLeave),
            _ => dice.Pick(Reading.Collect, Reading.Collect, Reading.Drop, Reading.Read, Reading.ReadInOrder, Reading.ReadAndChange, Reading.ReadAndLeave),
        };
        return new Plan
        {
            Seed = seed,
            Graph = graph,
            Stages = [.. graph.Elements.Select(element => DrawStage(dice, element)).Select(stage => isNarrow ? Narrow(stage) : stage)],
            Feeders = IsFedByHand(shape)
                ? [.. Enumerable.Range(0, dice.Between(1, 4)).Select(index => DrawFeeder(dice, index, stageCount, load))]
                : [DrawFeeder(dice, 0, stageCount, load) with { Shape = dice.Pick(FeedShape.Values, FeedShape.WorkItems, FeedShape.AsyncValues, FeedShape.AsyncWorkItems, FeedShape.ArrayOfValues, FeedShape.ListOfWorkItems), CanceledAt = null, Stage = 0 }],
            Moves = DrawMoves(dice, stageCount, load, shape),
            Shape = shape,
            Reading = reading,
            ResultCapacity = dice.Pick(1, 2, 5, 256),
            LeaveAfter = dice.Below(load),
            FaultPercent = dice.Pick(0, 5, 15, 15, 40),
            SlowPercent = dice.Pick(0, 10, 40, 80),
            Clock = clock,
            Log = dice.Pick(LogShape.None, LogShape.None, LogShape.None, LogShape.Debug, LogShape.Throwing),
            Track = dice.Pick(TrackShape.None, TrackShape.None, TrackShape.Silent, TrackShape.Wait, TrackShape.Wait, TrackShape.DropOldest),
            TrackCapacity = dice.Pick(1, 3, 20, 1000),
            Identifies = dice.OneIn(3),
            HasCallerContext = Dice.Of(seed, 9).OneIn(2),
            // A stream says what it has ignored only if it ends early, which is rare.
            DuplicateHandling = Dice.Of(seed, 21).Pick<DuplicateHandling?>(null, shape == RunShape.StreamAsync ? DuplicateHandling.Ignore : DuplicateHandling.Fail, DuplicateHandling.Ignore),
            Repeats = shape == RunShape.StreamAsync || Dice.Of(seed, 22).OneIn(2),
            StopAfterFailures = dice.OneIn(5) ? dice.Between(1, 10) : null,
            AbandonAfterMs = dice.Pick(0, 1, 3, 30_000),
            // One that blocks is waited for: by the clock of the run.
            Observers = [.. Enumerable.Range(0, dice.Pick(0, 0, 1, 2)).Select(_ => (ObserverInterests)dice.Below((int)ObserverInterests.All + 1))],
            Display = dice.Pick(DisplayShape.None, DisplayShape.None, DisplayShape.Silent, DisplayShape.Throwing, clock == Clock.Stepped ? DisplayShape.Blocking : DisplayShape.None),
        };
    }

    private static bool IsFedByHand(RunShape shape) => shape is RunShape.Start or RunShape.AsBlock;

    private static StagePlan DrawStage(Dice dice, ElementPlan element)
    {
        int workers = dice.Pick(1, 1, 2, 3, 4, 8);
        // A switch cannot be skipped.
        bool skips = dice.OneIn(4) && element.Shape != Shape.Switch;
        bool isPoll = element.Shape == Shape.Poll;
        return new StagePlan
        {
            Index = element.Stage,
            Shape = element.Shape,
            Poll = isPoll ? new PollPlan(dice.Between(1, 2), dice.Pick<int?>(null, 0, 1), dice.Pick(0, 0.1)) : null,
            Workers = workers,
            Capacity = dice.Pick<int?>(1, 1, 2, 5, 20, null, StageOptions.Unbounded),
            Limits = [.. Enumerable.Range(0, element.Shape == Shape.Tasks ? dice.Pick(1, 1, 1, 2, 3) : 1).Select(_ => element.Shape == Shape.Tasks && dice.OneIn(3) ? dice.Between(1, workers) : (int?)null)],
            Attempts = dice.Pick(1, 1, 2, 3),
            HasThrottle = dice.OneIn(2),
            HasDelayFor = dice.OneIn(3),
            Scope = dice.Pick(RetryScope.Task, RetryScope.Stage),
            AttemptTimeoutMs = dice.OneIn(4) ? dice.Between(1, 4) : null,
            ItemTimeoutMs = dice.OneIn(5) ? dice.Between(2, 8) : null,
            MaxInFlight = dice.OneIn(isPoll ? 2 : 3) ? workers + dice.Below(6) : null,
            Skips = skips,
            SkipsTo = skips && dice.OneIn(2),
            OnSuccess = dice.OneIn(4),
            OnFailure = dice.OneIn(3),
            HasScheduler = dice.OneIn(8),
            Form = dice.Pick(TaskShape.Async, TaskShape.Async, TaskShape.WithContext, TaskShape.Sync),
        };
    }

    /// <summary>One of everything: what waits for something it holds itself waits for ever.</summary>
    private static StagePlan Narrow(StagePlan stage) => stage with { Workers = 1, Capacity = 1, MaxInFlight = 1, Limits = [.. stage.Limits.Select(limit => limit is null ? (int?)null : 1)] };

    private static FeederPlan DrawFeeder(Dice dice, int index, int stages, int load)
    {
        FeedShape shape = (FeedShape)dice.Below(Enum.GetValues<FeedShape>().Length);
        int count = dice.Between(0, load);
        bool toStage = shape is FeedShape.ToStageByName or FeedShape.ToStageByObject;
        return new FeederPlan(
            index,
            shape,
            toStage ? dice.Below(stages) : 0,
            count,
            dice.Pick<int?>(null, null, ItemPriority.High, ItemPriority.Low, 7),
            dice.OneIn(6) ? dice.Below(count + 1) : null,
            dice.OneIn(6) ? dice.Below(count + 1) : null,
            dice.OneIn(3));
    }

    private static List<MovePlan> DrawMoves(Dice dice, int stages, int load, RunShape shape)
    {
        List<MovePlan> moves = [];
        if (!IsFedByHand(shape))
        {
            if (dice.OneIn(3))
                moves.Add(new MovePlan(Move.CancelToken, 0, 0, dice.Below(load), 0));
            return moves;
        }

        int passing = dice.Pick(0, 2, 5, 12);
        for (int i = 0; i < passing; i++)
            moves.Add(DrawMove(dice, (Move)dice.Below((int)Move.Complete), stages, load));
        int endings = dice.Pick(0, 1, 1, 1, 2, 3);
        for (int i = 0; i < endings; i++)
            moves.Add(DrawMove(dice, (Move)dice.Between((int)Move.Complete, (int)Move.Dispose), stages, load * 2));
        moves.Sort((left, right) => left.AfterCalls.CompareTo(right.AfterCalls));
        return moves;
    }

    private static MovePlan DrawMove(Dice dice, Move move, int stages, int load) =>
        new(
            move,
            dice.Below(stages),
            move == Move.MoreWorkers ? dice.Between(4, 10) : dice.Between(1, 3),
            dice.Below(load * stages),
            dice.Below(4));
}
