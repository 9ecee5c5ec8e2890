using System.Globalization;

namespace BatchApi.Server;

internal enum BatchEnd
{
    Completed,

    /// <summary>Refused while it was validated: no request was done.</summary>
    Failed,

    /// <summary>Its time ran out: some requests were done, and their output is there.</summary>
    Expired,
}

/// <summary>What will become of a batch, decided when it is created.</summary>
internal sealed record BatchPlan(bool IsSlow, TimeSpan Validating, TimeSpan InProgress, TimeSpan Finalizing, BatchEnd End, double DoneShare)
{
    public const int SlowFactor = 20;
    private const double FailedShare = 0.03;
    private const double ExpiredShare = 0.07;

    /// <param name="chance">The seed.</param>
    /// <param name="index">How many batches were created before this one. Of every ten in a row exactly one is slow.</param>
    /// <param name="content">The fingerprint of the batch's input. Everything but slowness comes from it.</param>
    /// <param name="speed">How many times faster than normal.</param>
    public static BatchPlan For(Seeded chance, int index, string content, double speed)
    {
        bool slow = chance.Below(10, "slow", (index / 10).ToString(CultureInfo.InvariantCulture)) == index % 10;
        double seconds = (0.2 + 0.3 * chance.Share("duration", content)) * (slow ? SlowFactor : 1) / speed;
        double end = chance.Share("end", content);
        return new BatchPlan(
            slow,
            TimeSpan.FromSeconds(seconds * 0.15),
            TimeSpan.FromSeconds(seconds * 0.7),
            TimeSpan.FromSeconds(seconds * 0.15),
            end < FailedShare ? BatchEnd.Failed : end < FailedShare + ExpiredShare ? BatchEnd.Expired : BatchEnd.Completed,
            0.3 + 0.5 * chance.Share("done", content));
    }
}
