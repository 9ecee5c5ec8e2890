namespace AntFlow.Dataflow.Benchmarks.Gate;

/// <summary>A row and how one round of it is measured.</summary>
/// <param name="Row">What is wanted.</param>
/// <param name="Items">How many items (or calls) one measurement takes.</param>
/// <param name="WarmUpAsync">Runs everything the row measures until it is compiled.</param>
/// <param name="MeasureAsync">One round.</param>
public sealed record GateRow(RatioRow Row, int Items, Func<Task> WarmUpAsync, Func<Task<double>> MeasureAsync)
{
    /// <summary>How many rounds a row is given where one takes a second.</summary>
    public const int FewRounds = 15;

    /// <summary>Whether 200 ns of work at each step of an item must make the row miss its limit.</summary>
    public bool NoticesHandicap { get; init; }

    /// <summary>More rounds than this are not needed, where one takes long and the measure is no matter of chance. Default: as many as wanted.</summary>
    public int MostRounds { get; init; } = int.MaxValue;

    /// <summary>A row that compares two ways to do the same.</summary>
    public static GateRow Compare(RatioRow row, int items, Func<Task> baseline, Func<Task> contender)
    {
        var bracket = Bracket.OfRuns(baseline, contender);
        return new GateRow(row, items, bracket.WarmUpAsync, bracket.MeasureAsync);
    }
}
