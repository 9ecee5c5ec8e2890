using System.Globalization;

namespace AntFlow.Dataflow.Snapshots;

/// <summary>Builds the sentences, one for each case. Pure.</summary>
internal static class BottleneckText
{
    private static readonly string[] _words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

    public static Bottleneck Finished(PipelineSnapshot now) =>
        Make(BottleneckKind.Finished, stage: null, $"The run has ended: {now.Succeeded} succeeded, {now.Failed} failed, {now.Canceled} canceled{(now.Filtered > 0 ? Text($", {now.Filtered} filtered out") : string.Empty)}.");

    public static Bottleneck Stopping(PipelineSnapshot now, long inFlight)
    {
        string what = now.Phase == RunPhase.Canceling ? "canceled" : "stopped";
        return inFlight == 0
            ? Make(BottleneckKind.Stopping, stage: null, $"The run is being {what}.")
            : Make(BottleneckKind.Stopping, stage: null, $"The run is being {what}: {Items(inFlight)} {(inFlight == 1 ? "has" : "have")} not ended yet.");
    }

    public static Bottleneck Paused(PipelineSnapshot now) => now.InProgress == 0
        ? Make(BottleneckKind.Paused, stage: null, $"The run is paused.")
        : Make(BottleneckKind.Paused, stage: null, $"The run is paused; {Items(now.InProgress)} {(now.InProgress == 1 ? "is" : "are")} still being processed by workers.");

    public static Bottleneck Paused(StageSnapshot stage)
    {
        long waiting = stage.Queued + stage.Quarantined + stage.Limited + stage.Retrying + stage.Polling;
        return Make(BottleneckKind.Paused, stage.Name, $"{stage.Name} is paused, and {Items(waiting)} {Wait(waiting)} there.");
    }

    public static Bottleneck Nothing(PipelineSnapshot now) =>
        Make(BottleneckKind.Nothing, stage: null, $"Nothing to do: {(now.Fed == 0 ? "no item has been fed yet" : "every item that was fed has ended")}.");

    public static Bottleneck Observer() =>
        Make(BottleneckKind.Observer, stage: null, $"An observer of the run, such as the callbacks of a tracker, is too slow: workers and feeders wait for it.");

    public static Bottleneck Store(PipelineSnapshot now)
    {
        if (now.StoreFailingSince is not { } since)
            return Make(BottleneckKind.Store, stage: null, $"The run is being opened in the checkpoint store.");
        string waiting = now.Saving == 0 ? string.Empty : Text($"; {Items(now.Saving)} {Wait(now.Saving)} to be saved");
        return Make(BottleneckKind.Store, stage: null, $"The checkpoint store has failed since {Time(since.ToOffset(now.Timestamp.Offset), now.Timestamp)} ({OneLine(now.StoreError)}){waiting}.");
    }

    public static Bottleneck Saving(PipelineSnapshot now) =>
        Make(BottleneckKind.Store, stage: null, $"{Items(now.Saving)} {Wait(now.Saving)} to be saved in the checkpoint store.");

    public static Bottleneck Feeder(StageLoad first) => first.Free == 0 || first.Now.Queued > 0
        ? Make(BottleneckKind.Feeder, stage: null, $"The feeder is too slow: the workers of {first.Name} were busy {Math.Round(first.Load * 100)} % of the time.")
        : Make(BottleneckKind.Feeder, stage: null, $"The feeder is too slow: {first.Name} has {first.Free} of {Workers(first.Now.Workers)} free and no item waiting.");

    public static Bottleneck BlockedFeeder() =>
        Make(BottleneckKind.Reader, stage: null, $"The results are read too slowly: nothing more is fed until their reader continues.");

    public static Bottleneck Reader(StageSnapshot last) => last.BlockedWorkers == 0
        ? Make(BottleneckKind.Reader, stage: null, $"The results are read too slowly: all items have passed {last.Name}.")
        : Make(BottleneckKind.Reader, stage: null, $"The results are read too slowly: {last.BlockedWorkers} of {Workers(last.Workers)} of {last.Name} {Wait(last.BlockedWorkers)} for their reader.");

    public static Bottleneck Workers(StageSnapshot stage)
    {
        string them = stage.Workers == 1 ? "it" : "them";
        return stage.Queued == 0
            ? Make(BottleneckKind.Workers, stage.Name, $"{Capital(AllWorkers(stage))} busy, and no item waits for {them}.")
            : Make(BottleneckKind.Workers, stage.Name, $"{Capital(AllWorkers(stage))} busy, and {Items(stage.Queued)} {Wait(stage.Queued)} for {them}.");
    }

    public static Bottleneck OwnFeed(StageSnapshot stage, TimeSpan waited, bool isObserverBehind)
    {
        string call = Text($"A task or callback of the run has waited for {Math.Floor(waited.TotalSeconds)} s to feed {stage.Name}");
        return isObserverBehind
            ? Make(BottleneckKind.Observer, stage.Name, $"{call}, while an observer of the run, such as the callbacks of a tracker, is behind: feed the run from outside, or use TryFeedOne.")
            : Make(BottleneckKind.Workers, stage.Name, $"{call}, whose queue is full and which has no free worker: feed the run from outside, use TryFeedOne, or set its QueueCapacity to StageOptions.Unbounded.");
    }

    public static Bottleneck Downstream(StageSnapshot held, StageSnapshot stage) => Make(
        BottleneckKind.Downstream,
        stage.Name,
        $"{stage.Name} holds {held.Name} back: {AllWorkers(stage)} busy, and {held.BlockedWorkers} of {Workers(held.Workers)} of {held.Name} {Wait(held.BlockedWorkers)} for room there.");

    public static Bottleneck TaskLimit(StageSnapshot stage, TaskLimitSnapshot limit) => Make(
        BottleneckKind.TaskLimit,
        stage.Name,
        $"{Items(limit.Waiting)} of {stage.Name} {Wait(limit.Waiting)} for a permit of {limit.Task}, which at most {limit.MaxConcurrency} may run at once.");

    public static Bottleneck Backoff(StageLoad load, DateTimeOffset now)
    {
        StageSnapshot stage = load.Now;
        bool isThrottled = stage.Throttled * 2 > stage.Retrying;
        long count = isThrottled ? stage.Throttled : stage.Retrying;
        string when = stage.NextAttemptAt is { } due ? (count == 1 ? ", at " : ", the first at ") + Time(due.ToOffset(now.Offset), now) : string.Empty;
        string what = (isThrottled, count) switch
        {
            (true, 1) => "was throttled and waits for its next call",
            (true, _) => "were throttled and wait for their next call",
            (false, 1) => "waits for its next attempt",
            (false, _) => "wait for their next attempt",
        };
        string held = !load.IsInBackoff ? string.Empty
            : load.HoldsAllPlaces ? Text($"; no other one starts, because {stage.MaxInFlight} may be under way: set StageOptions.MaxInFlight above that to let more start")
            : Text($"; a worker stays idle for each, and no other one starts: set StageOptions.MaxInFlight above {stage.Workers} to let more start");
        return Make(isThrottled ? BottleneckKind.Throttled : BottleneckKind.Backoff, stage.Name, $"{Items(count)} of {stage.Name} {what}{when}{held}.");
    }

    public static Bottleneck Polling(StageLoad load, DateTimeOffset now)
    {
        StageSnapshot stage = load.Now;
        string when = stage.NextLookAt is { } due ? (stage.Polling == 1 ? ", at " : ", the first at ") + Time(due.ToOffset(now.Offset), now) : string.Empty;
        string held = load.IsFullOfPolled ? Text($"; {Items(stage.Queued)} {Wait(stage.Queued)} behind them, because {stage.MaxInFlight} may be under way: set StageOptions.MaxInFlight above that to let more in") : string.Empty;
        return Make(BottleneckKind.Polling, stage.Name, $"{Items(stage.Polling)} of {stage.Name} {Wait(stage.Polling)} for {(stage.Polling == 1 ? "its" : "their")} next look{when}{held}.");
    }

    public static Bottleneck Keys(StageLoad load)
    {
        StageSnapshot stage = load.Now;
        // The keys are given back when the results of their items are stored.
        if (stage.InProgress + stage.Retrying + stage.Polling == 0 && stage.Saving > 0)
        {
            string saved = stage.AwaitingKey == 1 ? "another item of its key waits" : "other items of their keys wait";
            return Make(BottleneckKind.Store, stage.Name, $"{Items(stage.AwaitingKey)} of {stage.Name} {Wait(stage.AwaitingKey)} because {saved} to be saved in the checkpoint store (SerialBy).");
        }

        string others = stage.AwaitingKey == 1 ? "another item of its key is" : "other items of their keys are";
        return Make(BottleneckKind.Key, stage.Name, $"{Items(stage.AwaitingKey)} of {stage.Name} {Wait(stage.AwaitingKey)} because {others} there (SerialBy), and {load.Free} of {Workers(stage.Workers)} {(load.Free == 1 ? "is" : "are")} free.");
    }

    public static Bottleneck Suspects(StageSnapshot stage, PipelineSnapshot now)
    {
        SuspectSnapshot here = stage.Suspects!;
        long count = here.Running + here.Quarantined;
        int running = now.Suspects?.Running ?? here.Running;
        string crashes = (here.FewestCrashes < here.Crashes ? "up to " : string.Empty) + (here.Crashes == 1 ? "one crash" : $"{Number(here.Crashes)} crashes");
        bool areAllHere = running == here.Running && count > here.MaxConcurrent;
        string rule = (areAllHere, here.MaxConcurrent) switch
        {
            (true, 1) => "they run one at a time",
            (true, _) => Text($"{here.MaxConcurrent} of them may run together"),
            (false, 1) => "over all stages, such items run one at a time",
            (false, _) => Text($"over all stages, {here.MaxConcurrent} such items may run together, and {running} {(running == 1 ? "does" : "do")}"),
        };
        return Make(BottleneckKind.Suspects, stage.Name, $"{Items(count)} of {stage.Name} {(count == 1 ? "was" : "were")} running at {crashes}; {rule}.");
    }

    public static Bottleneck LastItems(StageSnapshot stage, long inFlight)
    {
        string left = inFlight == 1 ? "Only 1 item is left" : Text($"Only {inFlight} items are left");
        string where = inFlight == 1 ? ", being processed by a worker" : inFlight == stage.InProgress ? ", all being processed by workers" : Text($", {stage.InProgress} of them being processed by workers");
        return Make(BottleneckKind.Workers, stage.Name, $"{left}{where} of {stage.Name}.");
    }

    public static Bottleneck Late(StageLoad load)
    {
        StageSnapshot stage = load.Now;
        long waiting = stage.Queued + stage.Limited;
        if (stage.InProgress == 0)
        {
            return load.IsStill
                ? Make(BottleneckKind.Workers, stage.Name, $"{Items(waiting)} of {stage.Name} {Wait(waiting)}, and the thread pool has no thread for {(stage.Workers == 1 ? "its worker" : Text($"its {Workers(stage.Workers)}"))}.")
                : Make(BottleneckKind.Nothing, stage: null, $"Nothing holds the run back: {Items(waiting)} of {stage.Name} {(waiting == 1 ? "is" : "are")} about to be taken.");
        }

        return Make(BottleneckKind.Workers, stage.Name, $"{Items(waiting)} of {stage.Name} {Wait(waiting)}, and {stage.InProgress} of {Workers(stage.Workers)} {(stage.InProgress == 1 ? "is" : "are")} busy.");
    }

    private static string AllWorkers(StageSnapshot stage) => stage.Workers == 1 ? $"the only worker of {stage.Name} is" : Text($"all {stage.Workers} workers of {stage.Name} are");

    // A sentence stays on one line, whatever the message of the store contains.
    private static string OneLine(string? error)
    {
        string text = (error ?? string.Empty).Split('\n', 2)[0].Trim().TrimEnd('.');
        return text.Length <= 100 ? text : text[..97] + "...";
    }

    private static string Number(int count) => count <= _words.Length ? _words[count - 1] : Text($"{count}");

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static string Items(long count) => Text($"{count} {(count == 1 ? "item" : "items")}");

    private static string Workers(long count) => Text($"{count} {(count == 1 ? "worker" : "workers")}");

    private static string Wait(long count) => count == 1 ? "waits" : "wait";

    private static string Time(DateTimeOffset time, DateTimeOffset now) =>
        time.ToString(time.Date == now.Date ? "HH:mm:ss" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static Bottleneck Make(BottleneckKind kind, string? stage, FormattableString sentence) => new(kind, stage, Text(sentence));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
