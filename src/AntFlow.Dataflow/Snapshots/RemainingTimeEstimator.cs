namespace AntFlow.Dataflow;

/// <summary>Estimates from snapshots of one run how long it will still take.</summary>
/// <remarks>It has no clock: what time it is, the snapshots tell. One thread at a time. It keeps a few numbers a stage, and no snapshot but the last.</remarks>
public sealed class RemainingTimeEstimator
{
    /// <summary>Takes in how the run looks now.</summary>
    /// <param name="snapshot">The snapshot: of the same run as all before, and not older than they. A few a second are best; one that is older than the last changes nothing.</param>
    /// <returns>How long it will still take, from <see cref="PipelineSnapshot.Timestamp"/> on.</returns>
    public RemainingTime Add(PipelineSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        return RemainingTime.Unknown("no item has passed a stage yet");
    }
}
