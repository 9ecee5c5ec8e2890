using System.Globalization;
using AntFlow.Dataflow;
using AntFlow.Dataflow.Snapshots;

namespace BatchApi;

/// <summary>One run: feeds the batches, reports the progress, and stops on Ctrl-C or when the key is refused.</summary>
internal sealed class BatchRun(BatchPipeline pipeline, string? runId, TextWriter output, TimeProvider time)
{
    private static readonly TimeSpan _lookInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _progressInterval = TimeSpan.FromSeconds(1);

    public async Task<PipelineReport<SavedBatch>> RunAsync(IReadOnlyList<RequestBatch> batches)
    {
        await using PipelineRun<RequestBatch, SavedBatch> run = pipeline.Build().Start(new RunOptions
        {
            RunId = runId,
            Total = batches.Count,
            StopOnSignals = true,
            StopToken = pipeline.KeyRefused,
            StopMode = StopMode.AfterItem,
            GracePeriod = TimeSpan.FromSeconds(30),
        });
        Task telling = TellAsync(run);
        await FeedAsync(run, batches);
        PipelineReport<SavedBatch> report = await run.Completion;
        await telling;
        return report;
    }

    private static async Task FeedAsync(PipelineRun<RequestBatch, SavedBatch> run, IReadOnlyList<RequestBatch> batches)
    {
        try
        {
            await run.FeedAsync(batches);
            run.Complete();
        }
        catch (PipelineClosedException)
        {
            // Stopped during the feed call. The report contains the number of accepted items.
        }
    }

    private async Task TellAsync(PipelineRun<RequestBatch, SavedBatch> run)
    {
        output.WriteLine("Every second: the items in progress in each stage, +n that wait for a worker, ~n that wait for a retry.");
        long begin = time.GetTimestamp();
        TimeSpan told = TimeSpan.Zero;
        using var timer = new PeriodicTimer(_lookInterval, time);
        (bool isStopping, bool isCanceling) = (false, false);
        while (!run.Completion.IsCompleted && await timer.WaitForNextTickAsync())
        {
            PipelineSnapshot now = run.GetSnapshot();
            TellEnd(now.Phase is RunPhase.Stopping, now.Phase is RunPhase.Canceling, ref isStopping, ref isCanceling);
            TimeSpan elapsed = time.GetElapsedTime(begin);
            if (elapsed - told < _progressInterval)
                continue;
            output.WriteLine(Line(now, elapsed));
            told = elapsed;
        }

        // It may have ended since the last check.
        PipelineReport<SavedBatch> report = await run.Completion;
        TellEnd(report.WasStopped, report.WasCanceled, ref isStopping, ref isCanceling);
        output.WriteLine(Line(report.Snapshot, report.Elapsed));
    }

    private void TellEnd(bool stops, bool cancels, ref bool isStopping, ref bool isCanceling)
    {
        if (stops && !isStopping && pipeline.KeyRefused.IsCancellationRequested)
            output.WriteLine("The API refuses the key.");
        if (stops && !isStopping)
            output.WriteLine("Stopping: batches in progress are finished, for at most 30 seconds; nothing new starts. Ctrl-C again cancels.");
        if (cancels && !isCanceling)
            output.WriteLine("Canceling.");
        (isStopping, isCanceling) = (isStopping || stops, isCanceling || cancels);
    }

    internal static string Line(PipelineSnapshot now, TimeSpan elapsed)
    {
        IEnumerable<string> stages = now.Stages.Select(stage =>
            $"{stage.Name} {stage.InProgress}{Some("+", stage.Queued)}{Some("~", stage.Retrying)}");
        return string.Create(CultureInfo.InvariantCulture,
            $"{elapsed.TotalSeconds,6:0.0} s | {string.Join(" | ", stages)} | "
            + $"{now.Succeeded} succeeded, {now.Failed} failed, {now.Canceled} canceled of {now.Total}");

        static string Some(string sign, long count) => count == 0 ? "" : $" {sign}{count}";
    }
}
