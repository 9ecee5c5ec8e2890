namespace AntFlow.Dataflow.Checkpoints;

/// <summary>What one run has in its store about the end of the process, and what it should have there: what is decided at the time of asking, so that of two decisions the last one counts.</summary>
/// <remarks><b>The lock</b> guards the fields; the decision is asked for under it, which enters the lock of <see cref="PlannedEnds"/>. The store is called outside it, by one thread at a
/// time, until it says what is decided or fails. Whether more is to be written is found out in the section that ends the writing, so no decision is passed over.</remarks>
/// <param name="run">The run in its store.</param>
/// <param name="isPlanned">Tells whether an end that comes now is a planned one.</param>
internal sealed class EndMark(ICheckpointRun run, Func<bool> isPlanned)
{
    // A mark that takes longer is none: the process ends meanwhile.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private bool? _stored = false;
    private Task? _writing;

    public ICheckpointRun Run => run;

    /// <summary>Whether the store says what is decided.</summary>
    public bool IsRight
    {
        get
        {
            lock (_lock)
                return _stored == isPlanned();
        }
    }

    /// <summary>Has the store say what is decided. Ends when it does, or when that has failed.</summary>
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
            // Whether one that failed was written is not known. An end that is not marked counts as a crash.
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
