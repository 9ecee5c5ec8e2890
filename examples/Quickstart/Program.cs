// Two stages, each with its own workers. One text is missing: it fails after its last attempt, and the other items continue.
using AntFlow.Dataflow;

Pipeline<string, int> pipeline = PipelineBuilder
    .Stage<string, string>("Fetch", FetchAsync, workers: 4, s => s.Retry = RetryPolicy.Fixed(attempts: 3, delay: TimeSpan.FromMilliseconds(20)))
    .Then("Count", text => text.Split(' ').Length, workers: 2)
    .IdentifyBy(name => name)
    .Build();

PipelineReport<int> report = await pipeline.RunAsync(["ants.txt", "bees.txt", "lost.txt", "wasps.txt"]);

foreach (PipelineResult<int> r in report.Results)
    Console.WriteLine(r.IsSuccess ? $"{r.ItemId}: {r.Value} words" : $"{r.ItemId}: {r.Error.Message} in {r.Stage} after {r.Attempts} attempts");
Console.WriteLine(report.Errors);

static async Task<string> FetchAsync(string name, CancellationToken ct)
{
    await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, ct);
    return name switch
    {
        "ants.txt" => "ants carry the crumbs home",
        "bees.txt" => "bees dance",
        "wasps.txt" => "wasps just come to lunch",
        _ => throw new FileNotFoundException($"no {name}"),
    };
}
