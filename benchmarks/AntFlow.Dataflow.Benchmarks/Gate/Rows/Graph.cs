using AntFlow.Dataflow.Benchmarks.Contenders;

namespace AntFlow.Dataflow.Benchmarks.Gate.Rows;

/// <summary>What it costs to be a block among others.</summary>
internal static class Graph
{
    private const int Items = 40_000;

    public static IEnumerable<GateRow> All()
    {
        var work = new Workload(Items);
        Pipeline<long, long> pipeline = OurPipeline.Build(Body.AtOnce);
        yield return GateRow.Compare(
            RatioRow.Holding("graph", "through AsBlock() between two blocks / the same pipeline by StreamAsync", 1.3, 1.1, measured: 1.356),
            Items,
            // A block is offered values, which have no priority of their own: so the stream gets values, too.
            () => PlainValues.StreamAsync(pipeline, work, work.Values),
            () => OurPipeline.LinkAsync(pipeline, work));
    }
}
