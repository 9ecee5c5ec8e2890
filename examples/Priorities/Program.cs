// The lower priority goes first, and equals go in the order they came. Nothing that waits stands where priority cannot reach it:
// the queue takes two, and the urgent order still passes everything, the feeder at the door included.
using AntFlow.Dataflow;

Pipeline<string, string> pipeline = PipelineBuilder
    .Stage<string, string>("Bake", order => $"baked {order}", workers: 1, s =>
    {
        s.QueueCapacity = 2;
        s.OnSuccess = (e, _) =>
        {
            Console.WriteLine(e.Value);
            return ValueTask.CompletedTask;
        };
    })
    .Build();

await using PipelineRun<string, string> run = pipeline.Start();

// While the stage is paused nothing starts, and feeding goes on until the queue is full.
run.Pause();
Task<long> normal = run.FeedAsync(["bread 1", "bread 2", "bread 3"]);
Task<long> low = run.FeedAsync(["crumbs"], ItemPriority.Low);
Task<long> high = run.FeedAsync(["wedding cake"], ItemPriority.High);
Task<long> between = run.FeedAsync([new WorkItem<string>("birthday cake") { Priority = ItemPriority.High + 1 }]);

Console.WriteLine($"Accepted while paused: {run.GetSnapshot().Queued}");
run.Resume();

long fed = await normal + await low + await high + await between;
run.Complete();
PipelineReport<string> report = await run.Completion;
Console.WriteLine($"Fed {fed}, succeeded {report.SucceededCount}");
