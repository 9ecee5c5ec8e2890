using AntFlow.Dataflow.Benchmarks.Gate.Rows;

namespace AntFlow.Dataflow.Benchmarks.Gate;

/// <summary>Measures rows in shuffled rounds and judges them.</summary>
internal static class GateCommand
{
    /// <summary>Runs the gate. 0 if no row has missed its limit, 1 otherwise; with <c>--selftest</c> the other way round.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        GateOptions options = GateOptions.Parse(arguments);
        List<GateRow> rows = Choose(AllRows(), options);
        Console.WriteLine(Verdict.Header);
        var verdicts = new List<Verdict>();
        foreach (Verdict verdict in await MeasureAsync(rows, options.Rounds))
        {
            verdicts.Add(verdict);
            Console.WriteLine(verdict);
        }

        return verdicts.Exists(verdict => verdict.Outcome == Outcome.Missed) ? 1 : 0;
    }

    private static List<GateRow> AllRows() =>
        [.. Throughput.All(), .. Memory.All(), .. Makespan.All(), .. Scale.All(), .. PriorityBuffer.All(), .. Snapshot.All(), .. Graph.All()];

    private static List<GateRow> Choose(List<GateRow> all, GateOptions options)
    {
        string? unknown = options.Rows.FirstOrDefault(name => !all.Exists(row => row.Row.Name == name));
        if (unknown is not null)
            throw new ArgumentException($"There is no row '{unknown}'; there are {string.Join(", ", all.Select(row => row.Row.Name))}.");
        return options.Rows.Count == 0 ? all : [.. all.Where(row => options.Rows.Contains(row.Row.Name))];
    }

    private static async Task<IEnumerable<Verdict>> MeasureAsync(List<GateRow> rows, int rounds)
    {
        var measured = rows.ToDictionary(row => row, _ => new List<double>());
        foreach (GateRow row in rows)
            await row.WarmUpAsync();
        for (int round = 0; round < rounds; round++)
        {
            GateRow[] shuffled = [.. rows.Where(row => round < row.MostRounds)];
            Random.Shared.Shuffle(shuffled);
            foreach (GateRow row in shuffled)
                measured[row].Add(await row.MeasureAsync());
        }

        return rows.Select(row => Verdict.Of(row.Row, row.Items, measured[row]));
    }
}
