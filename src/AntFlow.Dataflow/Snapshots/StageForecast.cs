namespace AntFlow.Dataflow;

/// <summary>How long a stage will be at work, if everything it is to get came in time. Pure.</summary>
/// <remarks>While items wait, all that counts is how much work there is and how many workers share it. At the end they run out one by one, and the last one counts: the longest of what
/// is then under way.</remarks>
internal sealed class StageForecast
{
    private const int MostLookedAt = 64;

    // How far the ends of the band lie from the middle, in standard deviations; a little more than a normal distribution has.
    private const double Deviations = 1.5;

    // What cannot be foreseen of how the work is shared, as a share of the time.
    private const double ModelError = 0.07;

    public required Durations Durations { get; init; }

    /// <summary>How long a worker is busy for each item, further attempts included.</summary>
    public required double BusyEach { get; init; }

    /// <summary>How many items that stems from.</summary>
    public required double Seen { get; init; }

    /// <summary>How many workers can be busy at once.</summary>
    public required double Workers { get; init; }

    /// <summary>How many items are still to begin, or to begin again.</summary>
    public required double ToBegin { get; init; }

    /// <summary>For how long those run that have begun.</summary>
    public required IReadOnlyList<double> Running { get; init; }

    /// <summary>The share of calls after which an item has to wait for another one.</summary>
    public required double AgainShare { get; init; }

    /// <summary>How long it then waits.</summary>
    public required double AgainAfter { get; init; }

    /// <summary>How long one more item takes to pass.</summary>
    public Band OneMore => FindLast(count: 1, time => Durations.GetShareEnded(0, time));

    /// <summary>How long all of it will take.</summary>
    public Band All
    {
        get
        {
            if (ToBegin + Running.Count == 0)
                return Band.Zero;
            double work = (ToBegin * BusyEach) + Running.Sum(elapsed => Durations.GetMeanRest(elapsed) + Math.Max(0, BusyEach - Durations.Mean));
            double untilLastBegins = (work / Workers) - Durations.MeanRest;
            if (ToBegin == 0 || untilLastBegins <= 0)
                return FindLast(ToBegin + Running.Count, ShareOfRunningEnded);
            double count = Math.Min(Math.Max(1, Workers), ToBegin + Running.Count);
            Band last = FindLast(count, time => Math.Pow(Durations.GetShareOfRest(time), count));
            double error = Deviations * untilLastBegins * RelativeError;
            return new Band(untilLastBegins - error, untilLastBegins, untilLastBegins + error) + last;
        }
    }

    private double RelativeError
    {
        get
        {
            double spread = (Durations.RelativeVariance * (1 - AgainShare)) + AgainShare;
            return Math.Sqrt((spread * ((1 / Seen) + (1 / Math.Max(1, ToBegin)))) + (0.3 / Seen) + (ModelError * ModelError));
        }
    }

    /// <summary>When the last of several has ended, given how probable it is that all have within a time.</summary>
    private Band FindLast(double count, Func<double, double> shareEnded) => new Band(Invert(shareEnded, 0.1), Invert(shareEnded, 0.5), Invert(shareEnded, 0.9)) + FindAgain(count);

    private Band FindAgain(double count)
    {
        if (AgainShare <= 0)
            return Band.Zero;
        return new Band(At(0.1), At(0.5), At(0.9));

        // How often the unluckiest one has to wait again.
        double At(double share) => Math.Max(0, Math.Log(1 - Math.Pow(share, 1 / Math.Max(1, count))) / Math.Log(AgainShare)) * (AgainAfter + Durations.Mean);
    }

    private double ShareOfRunningEnded(double time)
    {
        int step = Math.Max(1, Running.Count / MostLookedAt);
        double share = Math.Pow(Durations.GetShareEnded(0, time), ToBegin);
        for (int i = 0; i < Running.Count; i += step)
            share *= Math.Pow(Durations.GetShareEnded(Running[i], time), step);
        return share;
    }

    private double Invert(Func<double, double> shareEnded, double share)
    {
        double low = 0;
        double high = Math.Max(Durations.Mean, 1e-6);
        for (int i = 0; i < 60 && shareEnded(high) < share; i++)
            (low, high) = (high, high * 2);
        for (int i = 0; i < 20; i++)
        {
            double middle = (low + high) / 2;
            if (shareEnded(middle) < share)
                low = middle;
            else
                high = middle;
        }

        return high;
    }
}
