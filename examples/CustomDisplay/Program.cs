// A custom display that writes a line of JSON for the start, for every update and for the end.
using System.Text.Json;
using AntFlow.Dataflow;
using AntFlow.Dataflow.Snapshots;

Pipeline<int, int> pipeline = PipelineBuilder
    .Stage<int, int>("Halve", x => x % 2 == 0 ? x / 2 : throw new ArgumentException($"{x} is odd"), workers: 2)
    .Then("Square", x => x * x)
    .Build();

await pipeline.RunAsync([2, 4, 5, 6], new RunOptions { RunId = "example", Display = new JsonLines(Console.Out), UpdateInterval = TimeSpan.FromMinutes(1) });

/// <summary>Called one call at a time, never on a worker. The run continues if a call throws; the exception is in the report's errors.</summary>
internal sealed class JsonLines(TextWriter output) : IPipelineDisplay
{
    public void OnStart(IPipelineRun run, long? total) => Write(new { @event = "start", run = run.RunId, total });

    public void OnUpdate(PipelineSnapshot snapshot) =>
        Write(new
        {
            @event = "update",
            fed = snapshot.Fed,
            succeeded = snapshot.Succeeded,
            failed = snapshot.Failed,
            stages = snapshot.Stages.Select(stage => new { stage.Name, stage.Queued, stage.InProgress, stage.Completed, stage.Failed }),
        });

    public void OnFinish(PipelineReport report) =>
        Write(new { @event = "finish", succeeded = report.SucceededCount, failed = report.FailedCount, canceled = report.CanceledCount, errors = report.Errors.ByType });

    private void Write(object line)
    {
        output.WriteLine(JsonSerializer.Serialize(line, JsonSerializerOptions.Web));
        output.Flush();
    }
}
