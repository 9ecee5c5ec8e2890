// Items with a lower priority value start first; items of equal priority start in the order of their arrival. Priority applies wherever items wait:
// the queue has room for two, and the urgent order still overtakes everything, even a feed call waiting for room.
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

// While the stage is paused nothing starts, and feed calls continue until the queue is full.
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
