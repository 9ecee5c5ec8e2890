namespace AntFlow.Dataflow.Traces;

/// <summary>The runs that are recorded: real pipelines whose tasks sleep, each about as long as its kind needs to show itself. No two items take the same time.</summary>
internal static class TracedRun
{
    private static readonly Dictionary<string, Func<Chance, Plan>> _plans = new(StringComparer.Ordinal)
    {
        ["steady"] = chance => new Plan(700, Pipeline(chance, ("Fetch", 8, 0.35), ("Parse", 4, 0.1), ("Save", 4, 0.14))),
        ["some twenty times slower"] = chance => new Plan(1950, PipelineBuilder
            .Stage<int, int>("Fetch", (int x, CancellationToken ct) => SleepAsync(x, chance.Around(chance.Of(x, 1) < 0.05 ? 1.6 : 0.08, x, 2), ct), 8)
            .Then("Save", (int x, CancellationToken ct) => SleepAsync(x, chance.Around(0.035, x, 3), ct), 4)
            .Build()),
        ["retry storm"] = chance => new Plan(900, PipelineBuilder
            .Stage<int, int>("Fetch", (int x, CancellationToken ct) => SleepAsync(x, chance.Around(0.06, x, 1), ct), 8)
            .ThenWithContext("Check", async (int x, StageContext context) =>
            {
                await SleepAsync(x, chance.Around(0.08, x, 100 + context.Attempt), context.CancellationToken).ConfigureAwait(false);
                return chance.Of(x, 200 + context.Attempt) < 0.5 ? throw new TimeoutException("the server is busy") : x;
            }, 10, stage => stage.Retry = RetryPolicy.Exponential(6, TimeSpan.FromSeconds(0.1)))
            .Then("Save", (int x, CancellationToken ct) => SleepAsync(x, chance.Around(0.05, x, 3), ct), 4)
            .Build()),
        ["slow last stage"] = chance => new Plan(320, Pipeline(chance, ("Fetch", 8, 0.08), ("Parse", 4, 0.04), ("Upload", 3, 0.3))),
        ["feeder slower than the stages"] = chance => new Plan(600, Pipeline(chance, ("Fetch", 8, 0.2), ("Save", 4, 0.08))) { FeedEvery = 0.06 },
        ["paused"] = chance => new Plan(700, Pipeline(chance, ("Fetch", 8, 0.35), ("Save", 4, 0.14))) { PausedFrom = 4, PausedUntil = 10 },
    };

    public static IEnumerable<string> Names => _plans.Keys;

    public static async Task<Trace> RecordAsync(string name, int seed)
    {
        var chance = new Chance(seed);
        Plan plan = _plans[name](chance);
        var recorder = new Recorder(plan.PausedFrom, plan.PausedUntil);
        PipelineReport<int> report = await plan.Pipeline
            .RunAsync(Feed(plan, chance), new RunOptions { RunId = name, Seed = seed, Display = recorder, UpdateInterval = TimeSpan.FromSeconds(0.25) })
            .ConfigureAwait(false);
        if (report.Fault is not null || report.Errors.TotalCallbacks > 0)
            throw new InvalidOperationException($"'{name}' was not recorded: {report.Fault?.Message ?? report.Errors.ToString()}");
        return recorder.ToTrace(name, seed, report.Elapsed);
    }

    private static Pipeline<int, int> Pipeline(Chance chance, params ReadOnlySpan<(string Name, int Workers, double Seconds)> stages)
    {
        PipelineBuilder<int, int>? builder = null;
        for (int i = 0; i < stages.Length; i++)
        {
            (string name, int workers, double seconds) = stages[i];
            int kind = i;
            Task<int> BodyAsync(int x, CancellationToken ct) => SleepAsync(x, chance.Around(seconds, x, kind), ct);
            builder = builder is null ? PipelineBuilder.Stage<int, int>(name, BodyAsync, workers) : builder.Then(name, (int x, CancellationToken ct) => BodyAsync(x, ct), workers);
        }

        return builder!.Build();
    }

    /// <summary>The items; how many there are is known. A slow source holds the thread that feeds, as one that reads lines of a file does.</summary>
    private static IEnumerable<int> Feed(Plan plan, Chance chance)
    {
        IEnumerable<int> items = Enumerable.Range(0, plan.Items);
        return plan.FeedEvery == 0 ? items : items.Select(item =>
        {
            using var never = new ManualResetEventSlim();
            never.Wait(TimeSpan.FromSeconds(-plan.FeedEvery * Math.Log(1 - chance.Of(item, 300))));
            return item;
        });
    }

    private static async Task<int> SleepAsync(int item, double seconds, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System, cancellationToken).ConfigureAwait(false);
        return item;
    }

    private sealed record Plan(int Items, Pipeline<int, int> Pipeline)
    {
        /// <summary>How many seconds there are from one item to the next on average; 0 if they are all there.</summary>
        public double FeedEvery { get; init; }

        public double PausedFrom { get; init; } = double.MaxValue;

        public double PausedUntil { get; init; } = double.MaxValue;
    }
}
