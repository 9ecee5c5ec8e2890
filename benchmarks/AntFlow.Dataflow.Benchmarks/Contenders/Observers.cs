namespace AntFlow.Dataflow.Benchmarks.Contenders;

/// <summary>Counts the ends of items, and asks for nothing else: what an exporter of metrics does.</summary>
public sealed class EndsObserver : PipelineObserver
{
    private long _succeeded;

    public long Succeeded => Interlocked.Read(ref _succeeded);

    public override void OnEnded(in ItemObservation item)
    {
        if (item.Error is null)
            Interlocked.Increment(ref _succeeded);
    }
}

/// <summary>Hears of everything, and keeps a span of its own in the slot of each item: what a tracer does.</summary>
public sealed class SpanObserver : PipelineObserver
{
    private long _ended;

    public long Ended => Interlocked.Read(ref _ended);

    public override ObserverInterests Interests => ObserverInterests.All;

    public override void OnAccepted(in ItemObservation item) => SpanOf(ref item.State).Begin(item.ClockTimestamp);

    public override void OnStatus(in ItemObservation item) => SpanOf(ref item.State).Add(item.Times.Run);

    public override void OnTask(in TaskObservation call) => SpanOf(ref call.State).Add(call.Duration);

    public override void OnEnded(in ItemObservation item)
    {
        SpanOf(ref item.State).Add(item.Times.Total);
        Interlocked.Increment(ref _ended);
    }

    private static Span SpanOf(ref object? state) => (Span)(state ??= new Span());

    private sealed class Span
    {
        private long _begin;
        private TimeSpan _sum;

        public void Begin(long timestamp) => (_begin, _sum) = (timestamp, TimeSpan.Zero);

        public void Add(TimeSpan time) => _sum += time + TimeSpan.FromTicks(_begin & 1);
    }
}

/// <summary>Our own, with observers.</summary>
public static class ObservedPipeline
{
    /// <summary>With an observer that asks for the ends of items alone.</summary>
    public static async Task RunAsync(Pipeline<long, long> pipeline, Workload work)
    {
        var observer = new EndsObserver();
        long sum = 0;
        await foreach (PipelineResult<long> result in pipeline.StreamAsync(work.Items, new RunOptions { Observers = [observer] }))
            sum += result.Value;
        work.Check(sum, pipeline.Stages.Count);
        if (observer.Succeeded != work.Count)
            throw new InvalidOperationException($"The observer was told of {observer.Succeeded} ends; it must be {work.Count}.");
    }
}
