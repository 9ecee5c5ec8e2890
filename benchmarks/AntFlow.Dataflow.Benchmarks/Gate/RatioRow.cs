namespace AntFlow.Dataflow.Benchmarks.Gate;

/// <summary>A row of the gate: what is wanted, what would be better still, and above what the gate fails.</summary>
/// <param name="Name">What the row is called in <c>--rows</c>.</param>
/// <param name="Question">What is measured, and against what.</param>
public sealed record RatioRow(string Name, string Question, double Target, double Stretch, double Limit)
{
    // 5 %, and 10 % more for what the median of a row differs by from one gate of the same code to the next.
    private const double Allowance = 1.15;

    /// <summary>A row whose limit is what the engine has reached, plus 15 %: it must not become slower, wherever its target is.</summary>
    /// <param name="measured">The highest median of several gates, so that noise from one to the next does not break the limit.</param>
    public static RatioRow Holding(string name, string question, double target, double stretch, double measured) =>
        new(name, question, target, stretch, Math.Round(measured * Allowance, 3));
}

/// <summary>How a row has come out.</summary>
public enum Outcome
{
    /// <summary>At most the target.</summary>
    Ok,

    /// <summary>Above the target, at most the limit.</summary>
    OverTarget,

    /// <summary>Above the limit.</summary>
    Missed,
}

/// <summary>A row that was measured, and is judged by the median of its rounds.</summary>
/// <param name="Items">How many items (or calls) one measurement takes.</param>
public sealed record Verdict(RatioRow Row, int Items, int Rounds, double Median, double Min, double Max)
{
    public Outcome Outcome =>
        // Written so that what is no number has missed.
        !(Median <= Row.Limit) ? Outcome.Missed
        : Median <= Row.Target ? Outcome.Ok
        : Outcome.OverTarget;

    public string Word => Outcome switch
    {
        Outcome.Ok => "ok",
        Outcome.OverTarget => "over target",
        _ => "MISSED",
    };

    /// <summary>Judges the rounds of a row.</summary>
    public static Verdict Of(RatioRow row, int items, IReadOnlyCollection<double> rounds)
    {
        if (rounds.Count == 0)
            throw new ArgumentException($"Row '{row.Name}' has no rounds; it must have at least one.", nameof(rounds));
        double[] sorted = [.. rounds.Order()];
        return new Verdict(row, items, sorted.Length, (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2, sorted[0], sorted[^1]);
    }

    /// <summary><c>name | measured | target | stretch | limit | outcome | n | rounds | min-max</c>.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Row.Name,-24} | {Median,8:0.###} | {Row.Target,6:0.###} | {Row.Stretch,7:0.###} | {Row.Limit,6:0.###} | {Word,-11} | {Items,8} | {Rounds,6} | {Min:0.###}-{Max:0.###}");

    public static string Header => $"{"name",-24} | {"measured",8} | {"target",6} | {"stretch",7} | {"limit",6} | {"",-11} | {"n",8} | {"rounds",6} | min-max";
}
