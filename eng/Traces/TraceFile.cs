using System.IO.Compression;
using System.Text.Json;
using AntFlow.Dataflow.Snapshots;

namespace AntFlow.Dataflow.Traces;

/// <summary>A recorded run as a file: compressed JSON, and back again as snapshots.</summary>
public static class TraceFile
{
    private static readonly DateTimeOffset _start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The file of a run of some kind.</summary>
    public static string NameOf(string name, int seed) => $"{name.Replace(' ', '-')}-{seed}.json.gz";

    public static void Write(string path, Trace trace)
    {
        using FileStream file = File.Create(path);
        using var packed = new GZipStream(file, CompressionLevel.SmallestSize);
        JsonSerializer.Serialize(packed, trace);
    }

    public static Trace Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        using var packed = new GZipStream(file, CompressionMode.Decompress);
        return JsonSerializer.Deserialize<Trace>(packed) ?? throw new InvalidDataException($"{path} holds no trace.");
    }

    /// <summary>The snapshots of a trace, and when the last item ended.</summary>
    public static (IReadOnlyList<PipelineSnapshot> Snapshots, DateTimeOffset End) Play(Trace trace)
    {
        ArgumentNullException.ThrowIfNull(trace);
        return ([.. trace.Moments.Select(moment => ToSnapshot(trace, moment))], _start.AddSeconds(trace.Seconds));
    }

    private static PipelineSnapshot ToSnapshot(Trace trace, Moment moment)
    {
        StageSnapshot[] stages = [.. moment.Stages.Select((stage, i) => ToSnapshot(trace.Stages[i], stage, moment.IsPaused))];
        return new PipelineSnapshot
        {
            RunId = trace.Name,
            StartedAt = _start,
            Timestamp = _start.AddSeconds(moment.At),
            Elapsed = TimeSpan.FromSeconds(moment.At),
            IsPaused = moment.IsPaused,
            IsInputOpen = moment.IsOpen,
            IsFeeding = moment.IsOpen,
            Total = trace.Total,
            Fed = moment.Fed,
            Queued = stages.Sum(stage => stage.Queued),
            Limited = stages.Sum(stage => stage.Limited),
            InProgress = stages.Sum(stage => stage.InProgress),
            Retrying = stages.Sum(stage => stage.Retrying),
            Succeeded = moment.Succeeded,
            Failed = moment.Failed,
            Canceled = moment.Canceled,
            Stages = stages,
            Workers = [.. moment.Workers.Select((worker, i) => ToSnapshot(trace.Stages[worker.Stage].Name, i, worker))],
            Errors = new ErrorSummary { TotalFailed = moment.Failed },
        };
    }

    private static StageSnapshot ToSnapshot(TracedStage stage, StageMoment now, bool isPaused)
    {
        long[] passes = new long[PassSpread.Buckets];
        for (int i = 0; i < now.Passes.Count; i += 2)
            passes[now.Passes[i]] = now.Passes[i + 1];
        return new StageSnapshot
        {
            Name = stage.Name,
            TaskCount = stage.Tasks,
            QueueCapacity = stage.Capacity,
            RetryDelays = [.. stage.RetryDelays.Select(TimeSpan.FromSeconds)],
            Workers = now.Workers,
            MaxInFlight = now.Places,
            Queued = now.Queued,
            Limited = now.Limited,
            InProgress = now.InProgress,
            Retrying = now.Retrying,
            BlockedWorkers = now.BlockedWorkers,
            Arrived = now.Arrived,
            Completed = now.Completed,
            Skipped = now.Skipped,
            Failed = now.Failed,
            Attempts = now.Attempts,
            IsPaused = isPaused,
            RemovedBusyTime = TimeSpan.FromSeconds(now.Removed),
            NextAttemptAt = now.Due.Count == 0 ? null : _start.AddSeconds(now.Due[0]),
            NextAttempts = [.. now.Due.Select((due, i) => new WaitingItem { ItemId = i, Attempt = 2, DueAt = _start.AddSeconds(due) })],
            Times = [.. new PassSpread(passes, stage.PassTicks).GetBuckets().Select(bucket => new TimeBucket(bucket.Least, bucket.Most, (long)bucket.Count))],
        };
    }

    private static WorkerSnapshot ToSnapshot(string stage, int number, WorkerMoment worker) => new()
    {
        Name = $"{stage}-{number}",
        Stage = stage,
        IsBusy = worker.Since is not null,
        Since = worker.Since is { } since ? _start.AddSeconds(since) : null,
        BusyTime = TimeSpan.FromSeconds(worker.Busy),
    };
}
