using AntFlow.Dataflow.Benchmarks.Contenders;

namespace AntFlow.Dataflow.Benchmarks.Gate.Rows;

/// <summary>What an item costs in each way to feed plain values, against what people write by hand and against an array.</summary>
internal static class Feeding
{
    private const int Items = 40_000;
    private const int ItemsFromResult = 60_000;
    private const string Raw = "raw TransformBlock chain";

    public static IEnumerable<GateRow> All() => [.. AgainstRawChain(), .. AgainstArray()];

    private static IEnumerable<GateRow> AgainstRawChain()
    {
        var work = new Workload(Items);
        Pipeline<long, long> atOnce = OurPipeline.Build(Body.AtOnce);
        Pipeline<long, long> suspends = OurPipeline.Build(Body.Suspends);
        Task RawAtOnce() => RawBlocks.RunAsync(work, Body.AtOnce);
        Task RawSuspends() => RawBlocks.RunAsync(work, Body.Suspends);

        yield return Row("array", $"an array of plain values through StreamAsync / {Raw}", 0.35, 0.28, measured: 0.417, RawAtOnce, () => PlainValues.StreamAsync(atOnce, work, work.Values));
        yield return Row("lazy", $"an iterator method through StreamAsync / {Raw}", 0.40, 0.32, measured: 0.432, RawAtOnce, () => PlainValues.StreamAsync(atOnce, work, work.Yield()));
        yield return Row("lazy-suspends", $"an iterator method through StreamAsync, body suspends once / {Raw}", 0.44, 0.37, measured: 0.526, RawSuspends, () => PlainValues.StreamAsync(suspends, work, work.Yield()));
        yield return Row("async-stream", $"an IAsyncEnumerable through StreamAsync / {Raw}", 0.40, 0.32, measured: 0.503, RawAtOnce, () => PlainValues.StreamAsync(atOnce, work, work.YieldAsync()));
        yield return Row("one-by-one", $"FeedOneAsync for each item of a run, results in the report / {Raw}", 0.44, 0.35, measured: 0.61, RawAtOnce, () => PlainValues.FeedOneByOneAsync(atOnce, work));
        yield return Row("run-async", $"a list through RunAsync, results in the report / {Raw}", 0.40, 0.32, measured: 0.493, RawAtOnce, () => PlainValues.RunAsync(atOnce, work));
        yield return Row("run-async-suspends", $"a list through RunAsync, body suspends once / {Raw}", 0.44, 0.37, measured: 0.668, RawSuspends, () => PlainValues.RunAsync(suspends, work));

        var more = new Workload(ItemsFromResult);
        Pipeline<long, long> fromResult = OurPipeline.Build(Body.FromResult);
        Task RawFromResult() => RawBlocks.RunAsync(more, Body.FromResult);

        yield return Row("from-result", $"a list through RunAsync, body returns Task.FromResult / {Raw}", 0.50, 0.40, measured: 0.586, RawFromResult, () => PlainValues.RunAsync(fromResult, more), ItemsFromResult);
        yield return Row("from-result-tracker", $"the same with a tracker / {Raw}", 0.70, 0.55, measured: 1.362, RawFromResult, () => PlainValues.RunTrackedAsync(fromResult, more), ItemsFromResult);
    }

    /// <summary>Both sides are ours, and so equally slow with a handicap.</summary>
    private static IEnumerable<GateRow> AgainstArray()
    {
        var work = new Workload(Items);
        Pipeline<long, long> pipeline = OurPipeline.Build(Body.AtOnce);
        Task Array() => PlainValues.StreamAsync(pipeline, work, work.Values);

        yield return Row("lazy-over-array", "an iterator method / an array, both through StreamAsync", 1.15, 1.05, measured: 1.178, Array, () => PlainValues.StreamAsync(pipeline, work, work.Yield())) with { NoticesHandicap = false };
        yield return Row("async-stream-over-array", "an IAsyncEnumerable / an array, both through StreamAsync", 1.15, 1.05, measured: 1.234, Array, () => PlainValues.StreamAsync(pipeline, work, work.YieldAsync())) with { NoticesHandicap = false };
        yield return Row("run-async-over-array", "a list through RunAsync / an array through StreamAsync", 1.15, 1.05, measured: 1.187, Array, () => PlainValues.RunAsync(pipeline, work)) with { NoticesHandicap = false };
        yield return Row("one-by-one-over-array", "FeedOneAsync for each item of a run / an array through StreamAsync", 1.25, 1.1, measured: 1.882, Array, () => PlainValues.FeedOneByOneAsync(pipeline, work)) with { NoticesHandicap = false };
    }

    private static GateRow Row(string name, string question, double target, double stretch, double measured, Func<Task> baseline, Func<Task> contender, int items = Items) =>
        GateRow.Compare(RatioRow.Holding(name, question, target, stretch, measured), items, baseline, contender) with { NoticesHandicap = true };
}
