using Shouldly;

namespace AntFlow.Dataflow.Tests.Snapshots;

/// <summary>How good the estimates of many runs are.</summary>
internal sealed class EstimateScore
{
    private readonly List<double> _ratios = [];
    private int _moments;
    private int _known;
    private int _covered;
    private int _tooEarly;

    public double Coverage => _covered / (double)_known;

    public double KnownShare => _known / (double)_moments;

    public double MedianRatio => _ratios.Order().ElementAt(_ratios.Count / 2);

    /// <summary>Asks for the time that is left at each moment of a run.</summary>
    public void Add(IReadOnlyList<PipelineSnapshot> trace, DateTimeOffset end)
    {
        var estimator = new RemainingTimeEstimator();
        foreach (PipelineSnapshot snapshot in trace)
        {
            RemainingTime left = estimator.Add(snapshot);
            _moments++;
            if (!left.IsKnown)
                continue;
            _known++;
            TimeSpan truth = end - snapshot.Timestamp;
            if (left.Low <= truth && truth <= left.High)
                _covered++;
            if (truth > left.High)
                _tooEarly++;
            // A band that begins at zero is as wide as can be.
            if (snapshot.Succeeded + snapshot.Failed >= 0.2 * snapshot.Total)
                _ratios.Add(left.Low > TimeSpan.Zero ? left.High!.Value / left.Low.Value : double.PositiveInfinity);
        }
    }

    /// <summary>What the estimate promises.</summary>
    public void ShouldBeGood(double leastKnown)
    {
        Coverage.ShouldBeGreaterThanOrEqualTo(0.8, ToString());
        MedianRatio.ShouldBeLessThanOrEqualTo(2.5, ToString());
        KnownShare.ShouldBeGreaterThan(leastKnown, ToString());
    }

    public override string ToString() =>
        FormattableString.Invariant($"known at {KnownShare:P1} of {_moments} moments, right at {Coverage:P1} of these (too early at {_tooEarly / (double)_known:P1}), median P90/P10 {MedianRatio:0.00}");
}
