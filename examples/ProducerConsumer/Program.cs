// Two producers feed a run, one consumer reads its results. Everything between them is bounded, so a slow consumer holds the producers back.
using AntFlow.Dataflow;

const int QueueCapacity = 10;
const int Workers = 4;
const int ResultCapacity = 8;
// Items that can be in progress: the queue, one per feed call, one per worker, the unread results, and the one that the consumer is processing.
const int Bound = QueueCapacity + 2 + Workers + ResultCapacity + 1;

Pipeline<int, int> pipeline = PipelineBuilder
    .Stage<int, int>("Square", x => x * x, Workers, s => s.QueueCapacity = QueueCapacity)
    .Build();

int made = 0;
int used = 0;
int mostAhead = 0;

await using PipelineRun<int, int> run = pipeline.Start(new RunOptions { ResultCapacity = ResultCapacity });
long sum = 0;
// The consumer comes first: results are bounded from the moment at which it requests the first one. Before, they are collected for the report.
Task consumer = ConsumeAsync();
await ProduceAsync();
await consumer;
Console.WriteLine($"Made {made}, used {used}, sum of squares {sum}");
Console.WriteLine(mostAhead <= Bound
    ? $"The producers were never more than {Bound} ahead of the consumer."
    : $"The producers were {mostAhead} ahead of the consumer; {Bound} are allowed.");

async Task ConsumeAsync()
{
    await foreach (PipelineResult<int> result in run.ReadResultsAsync())
    {
        sum += result.Value;
        mostAhead = Math.Max(mostAhead, Volatile.Read(ref made) - used);
        used++;
        if (used % 50 == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
    }
}

async Task ProduceAsync()
{
    await Task.WhenAll(run.FeedAsync(MakeAsync(1, 200)), run.FeedAsync(MakeAsync(201, 200)));
    // No more items: the results end once all accepted items have ended.
    run.Complete();
}

async IAsyncEnumerable<int> MakeAsync(int first, int count)
{
    foreach (int number in Enumerable.Range(first, count))
    {
        await Task.Yield();
        Interlocked.Increment(ref made);
        yield return number;
    }
}
