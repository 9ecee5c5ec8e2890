using AntFlow.Dataflow.Benchmarks.Contenders;

namespace AntFlow.Dataflow.Benchmarks.Gate.Rows;

/// <summary>How fast stages that have nothing to do begin: with one item, and with many at once.</summary>
internal static class Idleness
{
    private const int Singles = 3_000;
    private const int Burst = 1_000;
    private const int Bursts = 20;

    /// <summary>After so long without an item all threads are parked.</summary>
    private static readonly TimeSpan _quiet = TimeSpan.FromMilliseconds(5);

    public static IEnumerable<GateRow> All()
    {
        Pipeline<long, long> pipeline = OurPipeline.Build(Body.AtOnce);
        var singles = new Workload(Singles);
        yield return GateRow.Compare(
            RatioRow.Holding("latency", "one item at a time through three idle stages, from feeding it to its result / bounded Channels with a reader each", 1.5, 1.2, measured: 2.315),
            Singles,
            () => PassSinglesAsync(singles),
            () => PassSinglesAsync(pipeline, singles)) with
        { NoticesHandicap = true };

        var burst = new Workload(Burst);
        var bracket = Bracket.OfSeconds(() => PassBurstsAsync(burst), () => PassBurstsAsync(pipeline, burst));
        yield return new GateRow(
            RatioRow.Holding("burst", "1,000 items at once through three idle stages / bounded Channels with 8 readers each", 1.5, 1.2, measured: 3.938),
            Burst * Bursts,
            bracket.WarmUpAsync,
            bracket.MeasureAsync)
        { NoticesHandicap = true };
    }

    private static async Task PassSinglesAsync(Workload work)
    {
        ChannelChain chain = ChannelChain.Open(Body.AtOnce, readers: 1);
        long sum = 0;
        foreach (long value in work.Values)
        {
            await chain.Writer.WriteAsync(value);
            sum += await chain.Reader.ReadAsync();
        }

        await chain.CompleteAsync();
        work.Check(sum, Workload.Stages);
    }

    private static async Task PassSinglesAsync(Pipeline<long, long> pipeline, Workload work)
    {
        await using PipelineRun<long, long> run = pipeline.Start();
        await using IAsyncEnumerator<PipelineResult<long>> results = run.ReadResultsAsync().GetAsyncEnumerator();
        long sum = 0;
        foreach (long value in work.Values)
        {
            await run.FeedOneAsync(value);
            sum += await NextAsync(results);
        }

        await CompleteAsync(run);
        work.Check(sum, Workload.Stages);
    }

    private static async Task<double> PassBurstsAsync(Workload work)
    {
        ChannelChain chain = ChannelChain.Open(Body.AtOnce);
        double seconds = await TimeBurstsAsync(work, async () =>
        {
            Task writing = chain.WriteAsync(work.Values);
            long sum = 0;
            for (int read = 0; read < work.Count; read++)
                sum += await chain.Reader.ReadAsync();
            await writing;
            return sum;
        });
        await chain.CompleteAsync();
        return seconds;
    }

    private static async Task<double> PassBurstsAsync(Pipeline<long, long> pipeline, Workload work)
    {
        await using PipelineRun<long, long> run = pipeline.Start();
        await using IAsyncEnumerator<PipelineResult<long>> results = run.ReadResultsAsync().GetAsyncEnumerator();
        double seconds = await TimeBurstsAsync(work, async () =>
        {
            Task feeding = run.FeedAsync(work.Values);
            long sum = 0;
            for (int read = 0; read < work.Count; read++)
                sum += await NextAsync(results);
            await feeding;
            return sum;
        });
        await CompleteAsync(run);
        return seconds;
    }

    /// <summary>The seconds of all bursts, without the quiet before each.</summary>
    private static async Task<double> TimeBurstsAsync(Workload work, Func<Task<long>> pass)
    {
        double seconds = 0;
        for (int burst = 0; burst < Bursts; burst++)
        {
            await Task.Delay(_quiet, TimeProvider.System);
            seconds += await Bracket.TimeAsync(async () => work.Check(await pass(), Workload.Stages));
        }

        return seconds;
    }

    private static async ValueTask<long> NextAsync(IAsyncEnumerator<PipelineResult<long>> results) =>
        await results.MoveNextAsync() ? results.Current.Value : throw new InvalidOperationException("The run has ended before its last result.");

    private static async Task CompleteAsync(PipelineRun<long, long> run)
    {
        run.Complete();
        await run.Completion;
    }
}
