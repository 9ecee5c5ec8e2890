using System.Text.Json.Serialization;
using AntFlow.Dataflow;
using AntFlow.Dataflow.Checkpoints.Sqlite;

namespace Consumers;

/// <summary>Ten pages, each fetched and measured. Every body says so when it runs.</summary>
internal static class CheckpointedRun
{
    public static async Task RunAsync(string file, bool isStopping)
    {
        var third = new TaskCompletionSource();
        var stopped = new TaskCompletionSource();
        int measured = 0;
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(file);
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, Page>("Fetch", Fetch, workers: 2)
            .Then("Measure", MeasureAsync, workers: 1)
            .IdentifyBy(number => number)
            .WithCheckpoints(store, ConsumerJson.Default)
            .Build();

        await using PipelineRun<int, int> run = pipeline.Start(new RunOptions { RunId = "pages", CollectResults = true });
        await run.FeedAsync(Enumerable.Range(1, 10));
        run.Complete();
        if (isStopping)
        {
            // The third page is finished where it is, and nothing else is begun.
            await third.Task;
            run.Stop(mode: StopMode.AfterStage);
            stopped.SetResult();
        }

        PipelineReport<int> report = await run.Completion;
        Console.WriteLine($"succeeded {report.SucceededCount}, resumed {report.ResumedCount}, stopped {report.WasStopped}, sum {report.Results.Where(r => r.IsSuccess).Sum(r => r.Value)}");

        Page Fetch(int number)
        {
            Console.WriteLine($"fetch {number}");
            return new Page(number, new string('a', number));
        }

        async Task<int> MeasureAsync(Page page)
        {
            Console.WriteLine($"measure {page.Number}");
            if (isStopping && ++measured == 3)
            {
                third.SetResult();
                await stopped.Task;
            }

            return page.Text.Length;
        }
    }
}

internal sealed record Page(int Number, string Text);

[JsonSerializable(typeof(Page))]
[JsonSerializable(typeof(int))]
internal sealed partial class ConsumerJson : JsonSerializerContext;
