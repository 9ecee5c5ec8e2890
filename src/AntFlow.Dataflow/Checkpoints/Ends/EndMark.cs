namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The record of one run about the end of the process: what the store has, and what it should have. The decision is read at the time of the write, so the last decision counts.</summary>
/// <remarks><b>The lock</b> guards the fields; the decision is read under it, which enters the lock of <see cref="PlannedEnds"/>. The store is called outside it, by one thread at a
/// time, until it has the decision or fails. The section that ends the writing also checks whether more is to be written, so no decision is missed.</remarks>
/// <param name="run">The run in its store.</param>
/// <param name="isPlanned">Returns whether an end of the process from now on is planned.</param>
internal sealed class EndMark(ICheckpointRun run, Func<bool> isPlanned)
{
    // A mark that takes longer is useless: the process ends meanwhile.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private bool? _stored = false;
    private Task? _writing;

    public ICheckpointRun Run => run;

    /// <summary>Whether the store has the decision.</summary>
    public bool IsRight
    {
        get
        {
            lock (_lock)
                return _stored == isPlanned();
        }
    }

    /// <summary>Writes the decision to the store. Completes when the store has it, or when the write has failed.</summary>
    public Task SettleAsync()
    {
        TaskCompletionSource written;
        bool planned;
        lock (_lock)
        {
            if (_writing is not null)
                return _writing;
            planned = isPlanned();
            if (_stored == planned)
                return Task.CompletedTask;
            _stored = null;
            written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _writing = written.Task;
        }

        _ = WriteAsync(planned, written);
        return written.Task;
    }

    private async Task WriteAsync(bool planned, TaskCompletionSource written)
    {
        bool mustGoOn;
        do
        {
            // Whether a failed write was made is unknown. An end that is not marked counts as a crash.
            bool? stored = await TryWriteAsync(planned).ConfigureAwait(false) ? planned : null;
            lock (_lock)
            {
                bool decided = isPlanned();
                mustGoOn = decided != planned;
                planned = decided;
                _stored = mustGoOn ? null : stored;
                if (!mustGoOn)
                    _writing = null;
            }
        }
        while (mustGoOn);
        written.SetResult();
    }

    private async Task<bool> TryWriteAsync(bool planned)
    {
        try
        {
            using var patience = new CancellationTokenSource(_patience, TimeProvider.System);
            await run.MarkPlannedEndAsync(planned, patience.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }
}
