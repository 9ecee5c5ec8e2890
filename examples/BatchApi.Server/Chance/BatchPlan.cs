using System.Globalization;

namespace BatchApi.Server;

internal enum BatchEnd
{
    Completed,

    /// <summary>Refused during validation: no request was done.</summary>
    Failed,

    /// <summary>Expired: some requests were done, and their output exists.</summary>
    Expired,
}

/// <summary>The outcome of a batch, decided when it is created.</summary>
internal sealed record BatchPlan(bool IsSlow, TimeSpan Validating, TimeSpan InProgress, TimeSpan Finalizing, BatchEnd End, double DoneShare)
{
    public const int SlowFactor = 20;
    private const double FailedShare = 0.03;
    private const double ExpiredShare = 0.07;

    /// <param name="chance">The seed.</param>
    /// <param name="index">The number of batches created before this one. Of every ten in a row exactly one is slow.</param>
    /// <param name="content">The fingerprint of the batch's input, which determines the outcome.</param>
    /// <param name="options">The speed, and the amount of trouble.</param>
    public static BatchPlan For(Seeded chance, int index, string content, ServerOptions options)
    {
        string ten = (index / 10).ToString(CultureInfo.InvariantCulture);
        bool slow = chance.Below(10, "slow", ten) == index % 10;
        // The slow batches determine how long a run takes. Their duration does not depend on the batch, so that runs with the same seed are similar.
        double length = slow ? chance.Share("slow duration", ten) : chance.Share("duration", content);
        double seconds = (0.2 + 0.3 * length) * (slow ? SlowFactor : 1) / options.Speed;
        // Without trouble the division returns infinity, or NaN for 0, and neither is below a share.
        double end = chance.Share("end", content) / options.Trouble;
        return new BatchPlan(
            slow,
            TimeSpan.FromSeconds(seconds * 0.15),
            TimeSpan.FromSeconds(seconds * 0.7),
            TimeSpan.FromSeconds(seconds * 0.15),
            end < FailedShare ? BatchEnd.Failed : end < FailedShare + ExpiredShare ? BatchEnd.Expired : BatchEnd.Completed,
            0.3 + 0.5 * chance.Share("done", content));
    }
}
