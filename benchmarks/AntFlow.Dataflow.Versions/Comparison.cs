namespace AntFlow.Dataflow.Versions;

/// <summary>How much longer one version takes than the other: the median of the ratios of pairs, and its 95 % interval.</summary>
/// <param name="Pairs">How many pairs were measured.</param>
/// <param name="Median">The median of the ratios, the present version over the earlier one.</param>
/// <param name="Lower">The lower bound of the interval.</param>
/// <param name="Upper">The upper bound of the interval.</param>
internal sealed record Comparison(int Pairs, double Median, double Lower, double Upper)
{
    /// <summary>Above this lower bound the present version counts as slower.</summary>
    public const double Limit = 1.03;

    public bool IsSlower => Lower > Limit;

    /// <summary>The interval of a median by its order statistics: no distribution is assumed.</summary>
    public static Comparison Of(IEnumerable<double> ratios)
    {
        double[] sorted = [.. ratios.Order()];
        int half = (int)Math.Ceiling(0.98 * Math.Sqrt(sorted.Length));
        int lower = Math.Max(0, (sorted.Length / 2) - half);
        int upper = Math.Min(sorted.Length - 1, ((sorted.Length - 1) / 2) + half);
        double median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        return new Comparison(sorted.Length, median, sorted[lower], sorted[upper]);
    }

    public override string ToString() => FormattableString.Invariant($"{Median:0.000} [{Lower:0.000}, {Upper:0.000}]");
}
