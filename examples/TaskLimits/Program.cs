// At most 50 jobs at the provider, and two uploads at a time. The tasks of a stage run in sequence on the same worker, and with MaxInFlight
// no other job starts while one waits for its next attempt. So 50 workers are 50 jobs at the provider, from the upload to the last poll. The
// limit of a task is independent of that. With two stages, the queue between them would add more jobs.
using AntFlow.Dataflow;

var provider = new Provider(expected: 50);

Pipeline<int, string> pipeline = PipelineBuilder
    .StageWithTasks<int, string>(
        "Job",
        tasks => tasks
            .Task("upload", provider.UploadAsync, maxConcurrency: 2)
            .Task("poll", provider.PollAsync),
        workers: 50,
        options => options.MaxInFlight = 50)
    .Build();

PipelineReport<string> report = await pipeline.RunAsync(Enumerable.Range(1, 150));

Console.WriteLine($"Jobs done:               {report.SucceededCount}");
Console.WriteLine($"Most live jobs at once:  {provider.MostJobs}");
Console.WriteLine($"Most uploads at once:    {provider.MostUploads}");

/// <summary>Counts the open jobs. The first jobs stay open until the expected number is reached.</summary>
internal sealed class Provider(int expected)
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _full = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _jobs;
    private int _uploads;

    public int MostJobs { get; private set; }

    public int MostUploads { get; private set; }

    public async Task<string> UploadAsync(int order, CancellationToken ct)
    {
        lock (_lock)
            MostUploads = Math.Max(MostUploads, ++_uploads);
        await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, ct);
        lock (_lock)
        {
            _uploads--;
            MostJobs = Math.Max(MostJobs, ++_jobs);
            if (_jobs == expected)
                _full.TrySetResult();
        }

        return $"job-{order}";
    }

    public async Task<string> PollAsync(string job, CancellationToken ct)
    {
        await _full.Task.WaitAsync(ct);
        await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, ct);
        lock (_lock)
            _jobs--;
        return job;
    }
}
