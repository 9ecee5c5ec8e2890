namespace AntFlow.Dataflow.Snapshots;

/// <summary>How long items take in the tasks of a stage, as far as has been seen: a distribution to ask. Pure.</summary>
/// <remarks>What was never seen may still come: of so many durations the next one is the longest with a chance of about one in their number. So half a duration is added that is
/// longer than all that were seen. Among many short ones that does not count; for an item that runs longer than all before it, it says that the longer it has run, the longer it will.</remarks>
internal sealed class Durations
{
    private const double Unseen = 0.5;

    // How fast the longest durations become rare: one that is twice as long, two to this power times. As it is of those that vary by half of themselves or a bit more.
    private const double Rarer = 4;

    private readonly (double Least, double Most, double Count)[] _buckets;
    private readonly double _total;
    private readonly double _longest;

    public Durations(IEnumerable<(double Least, double Most, double Count)> buckets)
    {
        _buckets = [.. buckets];
        double sum = 0;
        double squares = 0;
        foreach ((double least, double most, double count) in _buckets)
        {
            double middle = (least + most) / 2;
            _total += count;
            sum += count * middle;
            squares += count * middle * middle;
            _longest = Math.Max(_longest, most);
        }

        Mean = sum / _total;
        Variance = Math.Max(0, (squares / _total) - (Mean * Mean));
    }

    public double Mean { get; }

    public double Variance { get; }

    /// <summary>The variance, measured by the mean.</summary>
    public double RelativeVariance => Mean > 0 ? Variance / (Mean * Mean) : 0;

    /// <summary>How long an item on which a worker is busy still takes on average, seen at any time.</summary>
    public double MeanRest => Mean * (1 + RelativeVariance) / 2;

    /// <summary>Durations of which nothing is known but their mean.</summary>
    public static Durations OfMean(double mean) => new([(0, mean * 0.6, 4), (mean * 0.6, mean * 1.4, 4), (mean * 1.4, mean * 3.4, 2)]);

    /// <summary>How long an item still takes on average that has run for a while.</summary>
    public double GetMeanRest(double elapsed)
    {
        double count = 0;
        double rest = 0;
        foreach ((double least, double most, double all) in _buckets)
        {
            double above = all * ShareAbove(elapsed, least, most);
            count += above;
            rest += above * (((Math.Max(least, elapsed) + most) / 2) - elapsed);
        }

        return (rest + (Unseen * elapsed)) / (count + Unseen);
    }

    /// <summary>The share of items that have run for a while and end within another one.</summary>
    public double GetShareEnded(double elapsed, double within) => 1 - (CountAbove(elapsed + within) / CountAbove(elapsed));

    /// <summary>The share of items on which workers are busy that end within a time, seen at any time.</summary>
    public double GetShareOfRest(double within)
    {
        if (Mean <= 0)
            return 1;
        double part = Unseen * (Math.Min(within, _longest) + PartBeyondLongest(within));
        foreach ((double least, double most, double count) in _buckets)
            part += count * Math.Min(within, (least + most) / 2);
        return Math.Min(1, part / ((_total * Mean) + (Unseen * (_longest + PartBeyondLongest(double.PositiveInfinity)))));
    }

    private static double ShareAbove(double time, double least, double most) =>
        time <= least ? 1 : time >= most ? 0 : (most - time) / (most - least);

    /// <summary>How much of the time beyond the longest that was seen the one that was not takes within a time, on average.</summary>
    private double PartBeyondLongest(double within) =>
        within <= _longest ? 0 : _longest / (Rarer - 1) * (1 - Math.Pow(_longest / within, Rarer - 1));

    private double CountAbove(double time)
    {
        double count = Unseen * (time <= _longest ? 1 : Math.Pow(_longest / time, Rarer));
        foreach ((double least, double most, double all) in _buckets)
            count += all * ShareAbove(time, least, most);
        return Math.Max(count, 1e-9);
    }
}
