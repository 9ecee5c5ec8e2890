namespace AntFlow.Dataflow.Snapshots;

/// <summary>The distribution of the time that items take in the tasks of a stage, as observed so far. Pure.</summary>
/// <remarks>A duration longer than all observed ones may still occur: after n durations, the next one is the longest with a probability of about 1/n. Therefore half a duration is added that is
/// longer than all observed ones. It has little weight among many short ones. For an item that runs longer than all items before it, it means that the longer the item has run, the longer it is
/// expected to run.</remarks>
internal sealed class Durations
{
    private const double Unseen = 0.5;

    // How fast the longest durations become rare: a duration that is twice as long is less frequent by the factor two to the power of this value. This fits durations that vary by half of their
    // mean or slightly more.
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

    /// <summary>The variance relative to the squared mean.</summary>
    public double RelativeVariance => Mean > 0 ? Variance / (Mean * Mean) : 0;

    /// <summary>The mean remaining time of an item that a worker is busy with, at a random instant.</summary>
    public double MeanRest => Mean * (1 + RelativeVariance) / 2;

    /// <summary>Returns a distribution of durations of which only the mean is known.</summary>
    public static Durations OfMean(double mean) => new([(0, mean * 0.6, 4), (mean * 0.6, mean * 1.4, 4), (mean * 1.4, mean * 3.4, 2)]);

    /// <summary>Returns the mean remaining time of an item that has run for the given time.</summary>
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

    /// <summary>Returns the share of items that end within a time, among those that have run for the given time.</summary>
    public double GetShareEnded(double elapsed, double within) => 1 - (CountAbove(elapsed + within) / CountAbove(elapsed));

    /// <summary>Returns the share of items that end within a time, among those that workers are busy with at a random instant.</summary>
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

    /// <summary>Returns the mean share of the time beyond the longest observed duration that the unobserved one takes within a time.</summary>
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
