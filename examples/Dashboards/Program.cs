// A run to watch: three stages, of which the second is slow and the third fails occasionally. Try --level full, and the keys p, +, - and q.
using System.Globalization;
using AntFlow.Dataflow;
using AntFlow.Dataflow.Terminal;

string level = "full";
int seconds = 30;
int seed = 1;
for (int i = 0; i < args.Length; i += 2)
{
    string value = i + 1 < args.Length ? args[i + 1] : "";
    bool isRight = args[i] switch
    {
        "--level" => (level = value) is "progress" or "compact" or "detailed" or "full",
        "--seconds" => int.TryParse(value, CultureInfo.InvariantCulture, out seconds) && seconds is >= 1 and <= 3600,
        "--seed" => int.TryParse(value, CultureInfo.InvariantCulture, out seed),
        _ => false,
    };
    if (isRight)
        continue;
    Console.Error.WriteLine($"'{$"{args[i]} {value}".TrimEnd()}' is not understood: a level is one of four words, N a whole number, of seconds from 1 to 3600.");
    Console.Error.WriteLine("Usage: Dashboards [--level progress|compact|detailed|full] [--seconds N] [--seed N]");
    return 2;
}

var options = new RunOptions { RunId = "dashboards", Seed = seed, UpdateInterval = TimeSpan.FromMilliseconds(250) };
_ = level == "progress" ? options.ShowProgress() : options.ShowDashboard(Enum.Parse<DashboardLevel>(level, ignoreCase: true));

Pipeline<int, int> pipeline = PipelineBuilder
    .Stage<int, int>("Fetch", FetchAsync, workers: 8)
    .ThenWithTasks("Enrich", t => t
        .TaskWithContext("look up", LookUpAsync, maxConcurrency: 4)
        .Task("score", (int page, CancellationToken ct) => TakeAsync(page, 100, ct)), workers: 6)
    .ThenWithContext("Store", StoreAsync, workers: 4, s =>
    {
        s.Retry = RetryPolicy.Exponential(attempts: 3, delay: TimeSpan.FromSeconds(0.5), maxDelay: TimeSpan.FromSeconds(2));
        s.MaxInFlight = 16;
    })
    .Build();

// The number of items that the slow stage can process in that time.
await pipeline.RunAsync(Enumerable.Range(0, Math.Max(1, seconds * 12)), options);
return 0;

Task<int> FetchAsync(int page, CancellationToken ct) => TakeAsync(page, 200, ct);

async Task<int> LookUpAsync(int page, StageContext context)
{
    for (int part = 1; part <= 3; part++)
    {
        context.SetStatus($"part {part} of 3");
        await TakeAsync(page + part, 100, context.CancellationToken);
    }

    return page;
}

async Task<int> StoreAsync(int page, StageContext context)
{
    await TakeAsync(page, 150, context.CancellationToken);
    return Chance(page, context.Attempt) is var luck && luck < 0.15 ? throw new TimeoutException("the disk did not answer")
        : luck < 0.18 ? throw new ArgumentException($"page {page} has no title")
        : page;
}

// Waits between half and one and a half of the given time, which is always the same for a page and seed.
async Task<int> TakeAsync(int page, int milliseconds, CancellationToken ct)
{
    await Task.Delay(TimeSpan.FromMilliseconds(milliseconds * (0.5 + Chance(page, milliseconds))), TimeProvider.System, ct);
    return page;
}

// Returns a pseudorandom number from 0 to 1 that is the same every time.
double Chance(int page, int what)
{
    ulong mixed = unchecked(((ulong)page * 0x9E3779B97F4A7C15) + ((ulong)what * 0xBF58476D1CE4E5B9) + ((ulong)seed * 0x94D049BB133111EB));
    mixed = unchecked((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9);
    return ((mixed ^ (mixed >> 31)) >> 11) / (double)(1UL << 53);
}
