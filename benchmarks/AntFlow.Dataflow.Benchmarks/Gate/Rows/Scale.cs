using AntFlow.Dataflow.Benchmarks.Contenders;

namespace AntFlow.Dataflow.Benchmarks.Gate.Rows;

/// <summary>Many workers, and many stages.</summary>
internal static class Scale
{
    private const int Sleepers = 10_000;
    private const int SleepingItems = 20_000;
    private const int StagedItems = 10_000;
    private const int FewStages = 4;
    private const int ManyStages = 32;
    private static readonly TimeSpan _sleep = TimeSpan.FromSeconds(0.5);

    public static IEnumerable<GateRow> All()
    {
        var sleeping = new Workload(SleepingItems);
        Pipeline<long, long> sleepers = PipelineBuilder.Stage<long, long>("1", SleepAsync, Sleepers).Build();
        double ideal = SleepingItems / Sleepers * _sleep.TotalSeconds;
        yield return new GateRow(
            new RatioRow("many-workers", "10,000 workers that sleep half a second for each of 20,000 items / one second", 1.10, 1.05, 1.35),
            SleepingItems,
            () => OurPipeline.RunAsync(sleepers, sleeping),
            async () => await Bracket.TimeAsync(() => OurPipeline.RunAsync(sleepers, sleeping)) / ideal)
        {
            MostRounds = GateRow.FewRounds,
        };

        var staged = new Workload(StagedItems);
        Pipeline<long, long> few = OurPipeline.Build(Body.AtOnce, FewStages);
        Pipeline<long, long> many = OurPipeline.Build(Body.AtOnce, ManyStages);
        var bracket = Bracket.OfRuns(() => OurPipeline.RunAsync(few, staged), () => OurPipeline.RunAsync(many, staged));
        yield return new GateRow(
            new RatioRow("many-stages", "cost of a stage at 32 stages / at 4", 1.3, 1.1, 2.0),
            StagedItems,
            bracket.WarmUpAsync,
            async () => await bracket.MeasureAsync() * FewStages / ManyStages);
    }

    private static async Task<long> SleepAsync(long value)
    {
        await Task.Delay(_sleep, TimeProvider.System);
        return value + 1;
    }
}
