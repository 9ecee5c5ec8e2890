using AntFlow.Dataflow.Benchmarks.Contenders;

namespace AntFlow.Dataflow.Benchmarks.Gate.Rows;

/// <summary>What branches and looks cost.</summary>
internal static class BranchesAndLooks
{
    private const int Items = 40_000;
    private const int Looked = 100_000;

    public static IEnumerable<GateRow> All()
    {
        var work = new Workload(Items);
        Pipeline<long, long> branches = Branches.Build();
        yield return GateRow.Compare(
            new RatioRow("switch", "a switch with four branches that meet again / four links with predicates into one block", 0.5, 0.4, 0.9),
            Items,
            () => Branches.RunBlocksAsync(work),
            () => Branches.RunAsync(branches, work));
        var looks = Bracket.OfSeconds(
            () => Looks.MeasureProcessorTimeAsync(() => Looks.RunDelaysAsync(Looked)),
            () => Looks.MeasureProcessorTimeAsync(() => Looks.RunAsync(Looked)));
        yield return new GateRow(
            new RatioRow("poll", "processor time of 100,000 items, each looked at five times / of as many loops around Task.Delay", 0.7, 0.3, 0.9),
            Looked,
            looks.WarmUpAsync,
            looks.MeasureAsync)
        {
            MostRounds = 5,
        };
        yield return new GateRow(
            new RatioRow("poll-memory", "MB in use for 100,000 items between two looks", 80, 40, 200),
            Looked,
            () => Task.CompletedTask,
            async () => await Looks.MeasureMemoryAsync(Looked) / (1024 * 1024))
        {
            MostRounds = 3,
        };
    }
}
