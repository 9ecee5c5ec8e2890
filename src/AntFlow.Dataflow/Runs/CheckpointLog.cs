using Microsoft.Extensions.Logging;

namespace AntFlow.Dataflow;

/// <summary>Logs what happens to the store of a run.</summary>
internal sealed class CheckpointLog(ILogger logger, string runId) : ICheckpointLog
{
    public void Opened(string location, long storedItems, InterruptedCounts interrupted) =>
        RunLog.StoreOpened(logger, runId, location, storedItems, interrupted.Crashed, interrupted.Planned, interrupted.Suspects, interrupted.Failed);

    public void Doubtful(string type, string what) => RunLog.Doubtful(logger, runId, type, what);

    public void NotWhole(string storedId, string what) => RunLog.NotWhole(logger, runId, storedId, what);

    public void LostInput(string storedId) => RunLog.LostInput(logger, runId, storedId);

    public void StoreFailed(Exception error, TimeSpan retryIn) => RunLog.StoreFailed(logger, runId, retryIn, error);

    public void StoreUnsure(Exception error) => RunLog.StoreUnsure(logger, runId, error);

    public void StoreWorks() => RunLog.StoreWorks(logger, runId);

    public void StoreWarns(string what) => RunLog.StoreWarns(logger, runId, what);

    public void StoreGivenUp(Exception error) => RunLog.StoreGivenUp(logger, runId, error);
}
