using System.Diagnostics;
using AntFlow.Dataflow.Benchmarks.Gate.Rows;

namespace AntFlow.Dataflow.Benchmarks.Gate;

/// <summary>Measures rows in shuffled rounds and judges them.</summary>
internal static class GateCommand
{
    /// <summary>Runs the gate. 0 if no row has missed its limit, 1 otherwise; with <c>--selftest</c> 0 if all have, 1 otherwise.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        GateOptions options = GateOptions.Parse(arguments);
        // Before anything of the engine is used: it reads the switch once.
        if (options.IsSelfTest)
            SelfTest.SlowDown();
        long begin = Stopwatch.GetTimestamp();
        List<Verdict> verdicts = await MeasureAsync(Choose(AllRows(), options), options);
        Console.WriteLine(Verdict.Header);
        foreach (Verdict verdict in verdicts)
            Console.WriteLine(verdict);
        Console.WriteLine($"The gate took {Stopwatch.GetElapsedTime(begin).TotalSeconds:0} s.");

        if (options.Save)
        {
            string top = Repository.Find(AppContext.BaseDirectory);
            new GateResults(Measurement.Here(top), verdicts).Save(Repository.Results(top));
        }

        return options.IsSelfTest ? SayWhetherBlind(verdicts) : verdicts.Exists(verdict => verdict.Outcome == Outcome.Missed) ? 1 : 0;
    }

    private static int SayWhetherBlind(List<Verdict> verdicts)
    {
        IReadOnlyList<string> blind = SelfTest.FindBlind(verdicts);
        Console.WriteLine(blind.Count == 0
            ? "Self-test: every throughput row has noticed 200 ns of work at each step of an item."
            : $"Self-test: 200 ns of work at each step of an item went unnoticed by {string.Join(", ", blind)}.");
        return blind.Count == 0 ? 0 : 1;
    }

    private static List<GateRow> AllRows() =>
        [.. Throughput.All(), .. Feeding.All(), .. Idleness.All(), .. Memory.All(), .. Makespan.All(), .. Scale.All(), .. PriorityBuffer.All(), .. Snapshot.All(), .. Graph.All(), .. BranchesAndLooks.All(), .. Executor.All(), .. Frame.All(), .. Survival.All()];

    private static List<GateRow> Choose(List<GateRow> all, GateOptions options)
    {
        string? unknown = options.Rows.FirstOrDefault(name => !all.Exists(row => row.Row.Name == name));
        if (unknown is not null)
            throw new ArgumentException($"There is no row '{unknown}'; there are {string.Join(", ", all.Select(row => row.Row.Name))}.");
        return [.. all.Where(row => (options.Rows.Count == 0 || options.Rows.Contains(row.Row.Name)) && (!options.IsSelfTest || row.NoticesHandicap))];
    }

    private static async Task<List<Verdict>> MeasureAsync(List<GateRow> rows, GateOptions options)
    {
        var measured = rows.ToDictionary(row => row, _ => new List<double>());
        foreach (GateRow row in rows)
            await row.WarmUpAsync();
        await MeasureAsync(rows, options.Rounds, measured);
        // A row that seems to have missed is measured once more, and judged by all its rounds: a machine may be slow at one thing for a minute.
        List<GateRow> missed = [.. rows.Where(row => row.MostRounds > 1 && Judge(row, measured).Outcome == Outcome.Missed)];
        if (!options.IsSelfTest && missed.Count > 0)
            await MeasureAsync(missed, options.Rounds * 2, measured);
        return [.. rows.Select(row => Judge(row, measured))];
    }

    private static async Task MeasureAsync(List<GateRow> rows, int rounds, Dictionary<GateRow, List<double>> measured)
    {
        for (int round = 0; round < rounds; round++)
        {
            GateRow[] shuffled = [.. rows.Where(row => round < row.MostRounds)];
            Random.Shared.Shuffle(shuffled);
            foreach (GateRow row in shuffled)
                measured[row].Add(await row.MeasureAsync());
        }
    }

    private static Verdict Judge(GateRow row, Dictionary<GateRow, List<double>> measured) => Verdict.Of(row.Row, row.Items, measured[row]);
}
