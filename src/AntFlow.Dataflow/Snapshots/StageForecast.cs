namespace AntFlow.Dataflow.Snapshots;

/// <summary>Forecasts how long a stage will work, provided that all its items arrive in time. Pure.</summary>
/// <remarks>While items wait, the time depends on the amount of work and on the number of workers that share it. At the end the items run out one by one, and the time depends on the longest of
/// the items that are in progress then.</remarks>
internal sealed class StageForecast
{
    private const int MostLookedAt = 64;

    // Slightly more than P90: the distribution of past durations does not contain the longest one that is yet to come.
    private const double Upper = 0.94;

    // The distance of the ends of the band from the middle, in standard deviations. It is larger than in a normal distribution, because the errors within one run are correlated.
    private const double Deviations = 1.8;

    // The unpredictable part of how the work is shared, as a share of the time.
    private const double ModelError = 0.07;

    // While few items have been seen, items that take far longer may not have arrived yet: as a share of the time, for each item.
    private const double Surprise = 8;

    public required Durations Durations { get; init; }

    /// <summary>The time that a worker is busy for each item, further attempts included.</summary>
    public required double BusyEach { get; init; }

    /// <summary>The number of items on which that time is based.</summary>
    public required double Seen { get; init; }

    /// <summary>The number of workers that can be busy at once.</summary>
    public required double Workers { get; init; }

    /// <summary>The number of items that have yet to start, or to start again.</summary>
    public required double ToBegin { get; init; }

    /// <summary>How long the started items have run so far.</summary>
    public required IReadOnlyList<double> Running { get; init; }

    /// <summary>The number of started items of which it is not known how long they have run.</summary>
    public double Resting { get; init; }

    /// <summary>The share of attempts that fail.</summary>
    public required double AgainShare { get; init; }

    /// <summary>The delay of an item after its first attempt, its second one, and so on. There are no further attempts after these.</summary>
    public required IReadOnlyList<double> Delays { get; init; }

    /// <summary>The time that one more item takes to pass the stage.</summary>
    public Band OneMore => Find(time => ShareEnded(time, within => Durations.GetShareEnded(0, within)));

    /// <summary>The time that all items take.</summary>
    public Band All
    {
        get
        {
            if (ToBegin + Running.Count + Resting == 0)
                return Band.Zero;
            double work = (ToBegin * BusyEach) + (Resting * Durations.MeanRest) + Running.Sum(elapsed => Durations.GetMeanRest(elapsed) + Math.Max(0, BusyEach - Durations.Mean));
            double untilLastBegins = (work / Workers) - Durations.MeanRest;
            if (ToBegin == 0 || untilLastBegins <= 0)
                return Find(ShareOfRunningEnded);
            double count = Math.Min(Math.Max(1, Workers), ToBegin + Running.Count + Resting);
            Band last = Find(time => Math.Pow(ShareEnded(time, Durations.GetShareOfRest), count));
            double error = Deviations * untilLastBegins * RelativeError;
            double surprise = untilLastBegins * Surprise / Seen;
            return new Band(untilLastBegins - error, untilLastBegins, untilLastBegins + error + surprise) + last;
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

    private Band Find(Func<double, double> shareEnded) => new(Invert(shareEnded, 0.1), Invert(shareEnded, 0.5), Invert(shareEnded, Upper));

    /// <summary>Returns the share of items that have ended within a time, including items that fail, wait and are retried.</summary>
    private double ShareEnded(double time, Func<double, double> first)
    {
        if (AgainShare <= 0)
            return first(time);
        double sum = 0;
        double share = 1;
        double later = 0;
        for (int again = 0; again <= Delays.Count && time > later; again++)
        {
            double now = again == Delays.Count ? share : share * (1 - AgainShare);
            sum += now * (again == 0 ? first(time) : Durations.GetShareEnded(0, time - later));
            share -= now;
            later += again < Delays.Count ? Delays[again] + Durations.Mean : 0;
        }

        return sum;
    }

    private double ShareOfRunningEnded(double time)
    {
        int step = Math.Max(1, Running.Count / MostLookedAt);
        double share = Math.Pow(ShareEnded(time, within => Durations.GetShareEnded(0, within)), ToBegin) * Math.Pow(Durations.GetShareOfRest(time), Resting);
        for (int i = 0; i < Running.Count; i += step)
        {
            double elapsed = Running[i];
            share *= Math.Pow(ShareEnded(time, within => Durations.GetShareEnded(elapsed, within)), step);
        }

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
