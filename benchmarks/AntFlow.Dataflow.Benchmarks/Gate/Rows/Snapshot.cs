namespace AntFlow.Dataflow.Benchmarks.Gate.Rows;

/// <summary>What looking at a run costs.</summary>
internal static class Snapshot
{
    private const int Workers = 10_000;
    private const int Snapshots = 20;

    public static IEnumerable<GateRow> All()
    {
        yield return new GateRow(
            new RatioRow("snapshot", "GetSnapshot() with 10,000 busy workers / filling an array of 10,000 such records", 4, 2, 11),
            Snapshots,
            () => WithBusyWorkersAsync(async bracket =>
            {
                await bracket.WarmUpAsync();
                return 0;
            }),
            () => WithBusyWorkersAsync(bracket => bracket.MeasureAsync()));
    }

    private static async Task<double> WithBusyWorkersAsync(Func<Bracket, Task<double>> measureAsync)
    {
        var allBusy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int busy = 0;
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async x =>
        {
            if (Interlocked.Increment(ref busy) == Workers)
                allBusy.SetResult();
            await open.Task;
            return x;
        }, Workers).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, Workers));
        await allBusy.Task;
        double measured = await measureAsync(Bracket.OfRuns(() => Repeat(Fill), () => Repeat(() => run.GetSnapshot().Workers.Count)));
        open.SetResult();
        run.Complete();
        await run.Completion;
        return measured;
    }

    private static Task Repeat(Func<int> look)
    {
        for (int time = 0; time < Snapshots; time++)
        {
            int seen = look();
            if (seen != Workers)
                throw new InvalidOperationException($"{seen} workers were seen; it must be {Workers}.");
        }

        return Task.CompletedTask;
    }

    private static int Fill()
    {
        var records = new Seen[Workers];
        for (int index = 0; index < records.Length; index++)
        {
            records[index] = new Seen
            {
                Name = "A",
                Stage = "A",
                IsBusy = true,
                ItemId = index,
                Since = DateTimeOffset.UnixEpoch,
                LastActive = DateTimeOffset.UnixEpoch,
            };
        }

        return records.Length;
    }

    /// <summary>The fields of <see cref="WorkerSnapshot"/>, which cannot be made elsewhere.</summary>
    private sealed record Seen
    {
        public required string Name { get; init; }

        public required string Stage { get; init; }

        public bool IsBusy { get; init; }

        public ItemId? ItemId { get; init; }

        public string? Task { get; init; }

        public string? TaskStatus { get; init; }

        public DateTimeOffset? Since { get; init; }

        public long Processed { get; init; }

        public long Failed { get; init; }

        public TimeSpan BusyTime { get; init; }

        public TimeSpan? AverageTime { get; init; }

        public DateTimeOffset? LastActive { get; init; }
    }
}
