using AntFlow.Dataflow.Benchmarks.Contenders;

namespace AntFlow.Dataflow.Benchmarks.Gate.Rows;

/// <summary>What an item costs, against what people write by hand and against other libraries.</summary>
internal static class Throughput
{
    private const int Items = 40_000;

    private static readonly AsyncLocal<string?> _tenant = new();

    public static IEnumerable<GateRow> All()
    {
        var work = new Workload(Items);
        Pipeline<long, long> atOnce = OurPipeline.Build(Body.AtOnce);
        Pipeline<long, long> suspends = OurPipeline.Build(Body.Suspends);
        Pipeline<long, long> single = OurPipeline.Build(Body.Suspends, stages: 1);
        Pipeline<long, long> sync = OurPipeline.Build(Body.Sync);

        yield return Row("core", "core, body completes at once / raw TransformBlock chain", 0.35, 0.28, measured: 0.442, () => RawBlocks.RunAsync(work, Body.AtOnce), () => OurPipeline.RunAsync(atOnce, work));
        yield return Row("core-suspends", "core, body suspends once / raw TransformBlock chain", 0.38, 0.32, measured: 0.564, () => RawBlocks.RunAsync(work, Body.Suspends), () => OurPipeline.RunAsync(suspends, work));
        yield return Row("caller-context", "core, body completes at once, with an AsyncLocal set by the caller / the same without one", 1.1, 1.05, measured: 1.09, () => OurPipeline.RunAsync(atOnce, work), () => RunWithAsyncLocalAsync(atOnce, work)) with { NoticesHandicap = false };
        yield return Row("observer-ends", "core with an observer of the ends of items, body completes at once / core", 1.05, 1.02, measured: 1.15, () => OurPipeline.RunAsync(atOnce, work), () => ObservedPipeline.RunAsync(atOnce, work)) with { NoticesHandicap = false };
        yield return Row("full", "with tracker, body completes at once / raw TransformBlock chain", 0.60, 0.45, measured: 0.773, () => RawBlocks.RunAsync(work, Body.AtOnce), () => OurPipeline.RunTrackedAsync(atOnce, work));
        yield return Row("full-suspends", "with tracker, body suspends once / raw TransformBlock chain", 0.75, 0.60, measured: 0.653, () => RawBlocks.RunAsync(work, Body.Suspends), () => OurPipeline.RunTrackedAsync(suspends, work));
        yield return Row("channels", "core, body suspends once / bounded Channels with 8 readers each", 1.3, 1.1, measured: 1.4, () => ChannelChain.RunAsync(work, Body.Suspends), () => OurPipeline.RunAsync(suspends, work));
        yield return Row("channels-at-once", "core, body completes at once / bounded Channels with 8 readers each", 1.3, 1.1, measured: 1.562, () => ChannelChain.RunAsync(work, Body.AtOnce), () => OurPipeline.RunAsync(atOnce, work));
        yield return Row("akka", "core, body suspends once / Akka.Streams SelectAsyncUnordered", 0.8, 0.6, measured: 1.057, () => AkkaStream.RunAsync(work, Body.Suspends), () => OurPipeline.RunAsync(suspends, work));
        yield return Row("akka-at-once", "core, body completes at once / Akka.Streams SelectAsyncUnordered", 1.8, 1.3, measured: 3.576, () => AkkaStream.RunAsync(work, Body.AtOnce), () => OurPipeline.RunAsync(atOnce, work));
        yield return Row("async-processor", "core, one stage, body suspends once / EnumerableAsyncProcessor", 1.0, 0.7, measured: 1.243, () => ItemProcessor.RunAsync(work, Body.Suspends), () => OurPipeline.RunAsync(single, work));
        yield return Row("sync", "core, sync task / raw sync TransformBlock chain", 1.0, 0.7, measured: 1.108, () => RawBlocks.RunAsync(work, Body.Sync), () => OurPipeline.RunAsync(sync, work));
    }

    private static async Task RunWithAsyncLocalAsync(Pipeline<long, long> pipeline, Workload work)
    {
        _tenant.Value = "7";
        await OurPipeline.RunAsync(pipeline, work);
    }

    private static GateRow Row(string name, string question, double target, double stretch, double measured, Func<Task> baseline, Func<Task> contender) =>
        GateRow.Compare(RatioRow.Holding(name, question, target, stretch, measured), Items, baseline, contender) with { NoticesHandicap = true };
}
