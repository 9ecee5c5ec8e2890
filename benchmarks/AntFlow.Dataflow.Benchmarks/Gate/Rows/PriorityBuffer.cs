namespace AntFlow.Dataflow.Benchmarks.Gate.Rows;

/// <summary>What priority costs, and that it is exact.</summary>
internal static class PriorityBuffer
{
    private const int Pending = 1_000_000;
    private const int Priorities = 4;
    private const int Workers = 40;
    private const int Waiting = 400;

    public static IEnumerable<GateRow> All()
    {
        yield return GateRow.Compare(
            new RatioRow("million-pending", "a million pending in four priorities, enqueue and dequeue: the queue of a stage / PriorityQueue with a packed key", 0.12, 0.08, 0.25),
            Pending,
            () => Done(PassQueue),
            () => Done(PassFront)) with
        { MostRounds = GateRow.FewRounds };
        yield return GateRow.Compare(
            new RatioRow("million-in-block", "the same through PriorityBufferBlock, whose Post and TryReceive are thread-safe / PriorityQueue with a packed key", 0.6, 0.4, 0.9),
            Pending,
            () => Done(PassQueue),
            () => Done(PassBuffer)) with
        { MostRounds = GateRow.FewRounds };
        yield return new GateRow(
            new RatioRow("urgent", "items that start before an urgent one, 400 pending", 0, 0, 0),
            Waiting,
            async () => await StartsBeforeUrgentAsync(),
            StartsBeforeUrgentAsync);
    }

    private static Task Done(Action pass)
    {
        pass();
        return Task.CompletedTask;
    }

    private static void PassFront()
    {
        var queue = new BucketPriorityQueue<long>();
        for (long value = 0; value < Pending; value++)
            queue.Enqueue(value, (int)(value % Priorities), value);
        long sum = 0;
        while (queue.TryDequeue(out long value))
            sum += value;
        Check(sum);
    }

    private static void PassQueue()
    {
        var queue = new PriorityQueue<long, long>();
        for (long value = 0; value < Pending; value++)
            queue.Enqueue(value, ((value % Priorities) << 48) | value);
        long sum = 0;
        while (queue.TryDequeue(out long value, out _))
            sum += value;
        Check(sum);
    }

    private static void PassBuffer()
    {
        var buffer = new PriorityBufferBlock<long>(value => (int)(value % Priorities));
        for (long value = 0; value < Pending; value++)
            System.Threading.Tasks.Dataflow.DataflowBlock.Post(buffer, value);
        long sum = 0;
        while (buffer.TryReceive(out long value))
            sum += value;
        Check(sum);
    }

    private static void Check(long sum)
    {
        if (sum != (long)Pending * (Pending - 1) / 2)
            throw new InvalidOperationException($"The values add up to {sum}, which is wrong.");
    }

    /// <summary>All workers are busy and the queue is full when the urgent item comes. Then one worker becomes free.</summary>
    private static async Task<double> StartsBeforeUrgentAsync()
    {
        const int urgent = -1;
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var urgentBegun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var openOne = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var openAll = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int starts = 0;
        int before = 0;
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async x =>
        {
            int start = Interlocked.Increment(ref starts);
            if (start == Workers)
                begun.SetResult();
            if (x == urgent)
            {
                before = start - 1 - Workers;
                urgentBegun.SetResult();
            }

            if (start <= Workers)
                await (start == 1 ? openOne.Task : openAll.Task);
            return x;
        }, Workers).Build();

        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, Workers));
        await begun.Task;
        // The queue is full by then: the calls may go on waiting for room, but their items are in it.
        Task fedMany = run.FeedAsync(Enumerable.Range(Workers, Waiting).Select(x => new WorkItem<int>(x) { Priority = x % 2 == 0 ? ItemPriority.Normal : ItemPriority.Low }));
        while (run.GetSnapshot().Queued != Waiting)
            await Task.Yield();
        Task fedUrgent = run.FeedOneAsync(urgent, ItemPriority.High);
        openOne.SetResult();
        await urgentBegun.Task;
        openAll.SetResult();
        await fedMany;
        await fedUrgent;
        run.Complete();
        PipelineReport<int> report = await run.Completion;
        if (report.SucceededCount != Workers + Waiting + 1)
            throw new InvalidOperationException($"{report.SucceededCount} items have succeeded; it must be {Workers + Waiting + 1}.");
        return before;
    }
}
