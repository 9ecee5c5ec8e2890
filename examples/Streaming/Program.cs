// Results as a stream. In completion order, a slow item delays no other item; in input order, the reader waits for it, within a bound.
using AntFlow.Dataflow;

var othersAreRead = new TaskCompletionSource();

Pipeline<int, string> pages = PipelineBuilder
    .Stage<int, string>("Fetch", FetchAsync, workers: 2)
    .Build();

// Page 0 is not finished before the reader has the others.
List<string> read = [];
await foreach (PipelineResult<string> result in pages.StreamAsync(Enumerable.Range(0, 4)))
{
    read.Add(result.Value!);
    if (read.Count == 3)
        othersAreRead.SetResult();
}

Console.WriteLine($"As completed:   {string.Join(", ", read)}");

read.Clear();
await foreach (PipelineResult<string> result in pages.StreamAsync(Enumerable.Range(0, 4), new RunOptions { OrderResults = true }))
    read.Add(result.Value!);

Console.WriteLine($"In input order: {string.Join(", ", read)}");

// Leaving early cancels the run and waits for it to end, so this reads only the beginning of an endless input.
read.Clear();
await foreach (PipelineResult<string> result in pages.StreamAsync(Endless(), new RunOptions { OrderResults = true }))
{
    read.Add(result.Value!);
    if (read.Count == 3)
        break;
}

Console.WriteLine($"Left early:     {string.Join(", ", read)}");

async Task<string> FetchAsync(int page, CancellationToken ct)
{
    if (page == 0)
        await othersAreRead.Task.WaitAsync(ct);
    await Task.Delay(TimeSpan.FromMilliseconds(page == 0 ? 50 : 5), TimeProvider.System, ct);
    return $"page {page}";
}

static IEnumerable<int> Endless()
{
    for (int page = 1; ; page++)
        yield return page;
}
