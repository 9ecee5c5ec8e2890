using System.Globalization;

namespace AntFlow.Dataflow.CrashTests.Job;

/// <summary>The pipeline: four stages that tell the ledger of every attempt, of which one has something made by a provider, and one fails now and then.</summary>
internal sealed class Work(Settings settings, Ledger ledger, Provider provider, Killer killer, Task go)
{
    private static readonly RetryPolicy _retry = RetryPolicy.Fixed(attempts: 4, TimeSpan.FromMilliseconds(800));

    public Pipeline<int, string> Build(ICheckpointStore store) =>
        PipelineBuilder
            .StageWithContext<int, string>("Fetch", (item, context) => RunAsync(context, 0, () => Task.FromResult($"{item}")), workers: 4)
            .ThenWithContext<string>("Submit", (value, context) => RunAsync(context, 1, () => SubmitAsync(value, context)), workers: 4, Configure)
            .ThenWithContext<string>("Flaky", (value, context) => RunAsync(context, 2, () => Task.FromResult(Fail(value, context))), workers: 3, Configure)
            .ThenWithContext<string>("Save", (value, context) => RunAsync(context, 3, () => Task.FromResult($"{value}:saved")), workers: 2, Configure)
            .IdentifyBy(item => item)
            .WithCheckpoints(store, Options)
            .Build();

    private CheckpointOptions Options => settings.MaxCrashes is { } most
        ? new CheckpointOptions { PersistInput = settings.PersistInput, MaxCrashes = most }
        : new CheckpointOptions { PersistInput = settings.PersistInput };

    /// <summary>How often an item fails in stage Flaky before it succeeds.</summary>
    public static int FailuresOf(int item) => item % 3 == 0 ? item % 2 + 1 : 0;

    private void Configure(StageOptions<string, string> options)
    {
        options.Retry = _retry;
        options.MaxInFlight = 12;
        options.OnSuccess = (success, _) =>
        {
            killer.At(Moments.Telling);
            ledger.Write("told", success.ItemId.ToStored(), success.Stage == "Submit" ? 1 : success.Stage == "Flaky" ? 2 : 3);
            return ValueTask.CompletedTask;
        };
    }

    private async Task<string> RunAsync(StageContext context, int stage, Func<Task<string>> body)
    {
        string id = context.ItemId.ToStored();
        ledger.Write("begin", id, stage, context.Attempt);
        killer.At(Moments.Body);
        try
        {
            string value = await body();
            ledger.Write("end", id, stage, context.Attempt);
            return value;
        }
        catch (IOException)
        {
            ledger.Write("fail", id, stage, context.Attempt);
            throw;
        }
    }

    private async Task<string> SubmitAsync(string value, StageContext context)
    {
        if (settings.IsHeld)
            await go;
        string key = context.GetIdempotencyKey("batch");
        string made = await context.OnceAsync(
            "batch",
            _ =>
            {
                killer.At(Moments.OnceBefore);
                string number = provider.Create(key, context.ItemId.ToStored());
                killer.At(Moments.OnceAfter);
                return Task.FromResult(number);
            },
            _ => Task.FromResult(provider.Find(key)));
        return $"{value}:{made}";
    }

    private string Fail(string value, StageContext context)
    {
        int item = int.Parse(value.Split(':')[0], CultureInfo.InvariantCulture);
        if (item == settings.Poison)
            killer.DieOfPoison();
        return context.Attempt > FailuresOf(item) ? value + ":passed" : throw new IOException($"Attempt {context.Attempt} of {item} fails.");
    }
}
