// Calls without a pipeline: a pool of workers, futures, maps over whole sources, and a limit that two pools share.
using AntFlow.Dataflow;

await using var executor = new AsyncExecutor(maxWorkers: 4);

// A future is a Task. This call fails twice and is retried.
int attempts = 0;
Task<string> flaky = executor.Submit(
    () => ++attempts < 3 ? throw new IOException("not yet") : $"done after {attempts} attempts",
    new SubmitOptions { Retry = RetryPolicy.Exponential(attempts: 5, delay: TimeSpan.FromMilliseconds(10)) });
Console.WriteLine($"Flaky: {await flaky}");

// The results are in input order, whichever call ends first.
IReadOnlyList<int> squares = await executor.MapAsync(Enumerable.Range(1, 8), SquareAsync);
Console.WriteLine($"Squares: {string.Join(' ', squares)}");

// Two sources are zipped first; the shorter one ends the map.
string[] names = ["ant", "bee", "wasp"];
IReadOnlyList<string> pairs = await executor.MapAsync(names.Zip([6, 6]), pair => $"{pair.First} {pair.Second}");
Console.WriteLine($"Pairs: {string.Join(", ", pairs)}");

// As a stream: the source is read lazily, so it can be endless. Leaving the loop cancels the rest.
int read = 0;
await foreach (int square in executor.MapStreamAsync(Endless(), SquareAsync))
{
    if (square > 50)
        break;
    read++;
}

Console.WriteLine($"Squares up to 50: {read}");

// At most two calls run at once, over both executors.
await using var other = new AsyncExecutor(maxWorkers: 4);
using var limit = new SemaphoreSlim(2);
int running = 0;
int most = 0;
Task<int>[] futures = [.. Enumerable.Range(0, 12).Select(i => (i % 2 == 0 ? executor : other).Submit(MeetAsync, new SubmitOptions { Limit = limit }))];
WaitResult<int> all = await futures.WaitAsync(WaitStrategy.AllCompleted, TimeSpan.FromSeconds(30));
Console.WriteLine($"Done: {all.Done.Count}, most at once: {most}");

await executor.ShutdownAsync();
try
{
    await executor.Submit(() => 1);
}
catch (ExecutorShutdownException error)
{
    Console.WriteLine(error.Message);
}

static async Task<int> SquareAsync(int x)
{
    await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(5)), TimeProvider.System);
    return x * x;
}

static IEnumerable<int> Endless()
{
    for (int i = 1; ; i++)
        yield return i;
}

async Task<int> MeetAsync(CancellationToken cancellationToken)
{
    int now = Interlocked.Increment(ref running);
    most = Math.Max(most, now);
    await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
    return Interlocked.Decrement(ref running);
}
