using AntFlow.Dataflow;
using AntFlow.Dataflow.Checkpoints;

namespace BatchApi;

internal static class Program
{
    private const int Through = 0, Broken = 1, WrongUse = 2, Stopped = 3, Canceled = 130;

    private static async Task<int> Main(string[] args)
    {
        try
        {
            if (args.Contains("--serve", StringComparer.Ordinal))
                return await ServerProcess.ServeAsync([.. args.Where(arg => arg != "--serve")]);
            ClientOptions options = ClientOptions.Parse(args);
            if (!options.Help)
                return await RunAsync(options, TimeProvider.System);
            Console.WriteLine(ClientOptions.Usage);
            return Through;
        }
        catch (UsageException error)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return WrongUse;
        }
        catch (Exception error) when (error is ServerException or RunOwnedException or PipelineChangedException)
        {
            await Console.Error.WriteLineAsync(error.Message);
            return Broken;
        }
    }

    private static async Task<int> RunAsync(ClientOptions options, TimeProvider time)
    {
        IReadOnlyList<BatchRequest> requests = RequestFile.Read(options.Input);
        using var store = new ResultStore(options.Output);
        IReadOnlySet<string> saved = store.SavedIds();
        IReadOnlyList<RequestBatch> batches = RequestBatch.Cut(requests, options.BatchSize, saved);
        int missing = batches.Sum(batch => batch.Requests.Count);
        if (missing == 0)
        {
            if (File.Exists(options.CheckpointFile))
            {
                await using BatchCheckpoints old = await BatchCheckpoints.OpenAsync(options.CheckpointFile, requests, endpoint: null);
                await old.DeleteAsync();
            }

            Console.WriteLine($"Nothing to do: all {requests.Count} requests have a row in {options.Output} already. No rows were added.");
            return Through;
        }

        Console.WriteLine($"{requests.Count} requests in {options.Input}: {requests.Count - missing} have a row in {options.Output} already, "
            + $"{missing} to do in {batches.Count} batches.");
        using var keyRefused = new CancellationTokenSource();
        ServerProcess? server = null;
        BatchCheckpoints? checkpoints = null;
        try
        {
            (Uri endpoint, string key, double poll, server) = await ApiAsync(options, time);
            // The local server ends with this process, so there is nothing to resume.
            if (server is null)
                checkpoints = await BatchCheckpoints.OpenAsync(options.CheckpointFile, requests, endpoint);
            else if (options.Checkpoints is not null)
                throw new UsageException("--checkpoints needs an API that keeps running when this process ends: set OPENAI_API_KEY or give an --endpoint, such as that of --serve.");
            var record = new RunRecord(BatchPipeline.StageCount, time);
            var pipeline = new BatchPipeline(new BatchApiClient(endpoint, key), store, record, checkpoints?.Store, TimeSpan.FromSeconds(poll), time, keyRefused);
            PipelineReport<SavedBatch> report = await new BatchRun(pipeline, checkpoints?.RunId, Console.Out, time).RunAsync(batches);
            var summary = new Summary
            {
                Requests = missing,
                Batches = batches.Count,
                Report = report,
                SucceededRows = record.SucceededRows,
                FailedRows = record.FailedRows,
                Times = record.Times(),
            };
            Console.WriteLine(summary);
            if (summary.Left == 0 && checkpoints is not null)
                await checkpoints.DeleteAsync();
            return ExitCode(summary, keyRefused.IsCancellationRequested);
        }
        finally
        {
            if (checkpoints is not null)
                await checkpoints.DisposeAsync();
            if (server is not null)
                await server.DisposeAsync();
        }
    }

    /// <summary>The API to call, and the local server if one is started for it.</summary>
    private static async Task<(Uri Endpoint, string Key, double Poll, ServerProcess? Server)> ApiAsync(ClientOptions options, TimeProvider time)
    {
        string? key = Environment.GetEnvironmentVariable(ClientOptions.KeyVariable);
        Uri? endpoint = options.Endpoint ?? (options.Local || string.IsNullOrEmpty(key) ? null : new Uri("https://api.openai.com/v1"));
        if (endpoint is null)
        {
            (ServerProcess server, Uri own) = await ServerProcess.StartAsync(options.ServerArguments, time);
            Console.WriteLine($"The local server (process {server.Id}, seed {options.Seed}) listens at {own}");
            return (own, "none-needed", options.PollSeconds ?? 0.1, server);
        }

        if (string.IsNullOrEmpty(key) && !endpoint.IsLoopback)
            throw new UsageException($"{endpoint} needs a key; set {ClientOptions.KeyVariable}.");
        Console.WriteLine($"Talking to {endpoint}");
        return (endpoint, string.IsNullOrEmpty(key) ? "none-needed" : key, options.PollSeconds ?? (endpoint.IsLoopback ? 0.1 : 15), null);
    }

    // The exit code depends on whether work is left: a run that was stopped after its last item has succeeded.
    private static int ExitCode(Summary summary, bool isKeyRefused) =>
        summary.Report.Fault is not null ? Broken
        : summary.Left == 0 ? Through
        : isKeyRefused ? Broken
        : summary.Report.WasCanceled ? Canceled
        : summary.Report.WasStopped ? Stopped
        : Broken;
}
