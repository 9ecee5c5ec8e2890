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

        yield return Row("core", "core, body completes at once / raw TransformBlock chain", 0.38, 0.30, 0.65, () => RawBlocks.RunAsync(work, Body.AtOnce), () => OurPipeline.RunAsync(atOnce, work));
        yield return Row("core-suspends", "core, body suspends once / raw TransformBlock chain", 0.60, 0.45, 0.90, () => RawBlocks.RunAsync(work, Body.Suspends), () => OurPipeline.RunAsync(suspends, work));
        yield return Row("caller-context", "core, body completes at once, the caller has set an AsyncLocal / the same, it has set none", 1.1, 1.05, 1.15, () => OurPipeline.RunAsync(atOnce, work), () => RunWithAsyncLocalAsync(atOnce, work)) with { NoticesHandicap = false };
        yield return Row("full", "with tracker, body completes at once / raw TransformBlock chain", 0.60, 0.45, 1.0, () => RawBlocks.RunAsync(work, Body.AtOnce), () => OurPipeline.RunTrackedAsync(atOnce, work));
        yield return Row("full-suspends", "with tracker, body suspends once / raw TransformBlock chain", 0.75, 0.60, 1.2, () => RawBlocks.RunAsync(work, Body.Suspends), () => OurPipeline.RunTrackedAsync(suspends, work));
        yield return Row("channels", "core, body suspends once / bounded Channels with 8 readers each", 1.7, 1.3, 2.4, () => ChannelChain.RunAsync(work, Body.Suspends), () => OurPipeline.RunAsync(suspends, work));
        yield return Row("akka", "core, body suspends once / Akka.Streams SelectAsyncUnordered", 0.8, 0.6, 1.2, () => AkkaStream.RunAsync(work, Body.Suspends), () => OurPipeline.RunAsync(suspends, work));
        yield return Row("async-processor", "core, one stage, body suspends once / EnumerableAsyncProcessor", 1.0, 0.7, 1.5, () => ItemProcessor.RunAsync(work, Body.Suspends), () => OurPipeline.RunAsync(single, work));
        yield return Row("sync", "core, sync task / raw sync TransformBlock chain", 1.0, 0.7, 1.4, () => RawBlocks.RunAsync(work, Body.Sync), () => OurPipeline.RunAsync(sync, work));
    }

    private static async Task RunWithAsyncLocalAsync(Pipeline<long, long> pipeline, Workload work)
    {
        _tenant.Value = "7";
        await OurPipeline.RunAsync(pipeline, work);
    }

    private static GateRow Row(string name, string question, double target, double stretch, double limit, Func<Task> baseline, Func<Task> contender) =>
        GateRow.Compare(new RatioRow(name, question, target, stretch, limit), Items, baseline, contender) with { NoticesHandicap = true };
}
