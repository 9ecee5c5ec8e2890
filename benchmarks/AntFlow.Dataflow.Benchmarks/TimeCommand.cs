using System.Globalization;
using AntFlow.Dataflow.Benchmarks.Contenders;
using AntFlow.Dataflow.Benchmarks.Gate;

namespace AntFlow.Dataflow.Benchmarks;

/// <summary>Says what an item costs us per stage, for comparisons with what does not run in .NET.</summary>
internal static class TimeCommand
{
    private const int Items = 40_000;
    private const int Rounds = 9;

    public static async Task<int> RunAsync()
    {
        var work = new Workload(Items);
        Pipeline<long, long> pipeline = OurPipeline.Build(Body.Suspends);
        Task Run() => OurPipeline.RunAsync(pipeline, work);
        await Bracket.WarmUpAsync(Run);
        var seconds = new List<double>();
        for (int round = 0; round < Rounds; round++)
            seconds.Add(await Bracket.TimeAsync(Run));
        seconds.Sort();
        double nanoseconds = seconds[Rounds / 2] * 1e9 / Items / Workload.Stages;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Nanoseconds per item and stage: {nanoseconds:0.0}"));
        return 0;
    }
}
