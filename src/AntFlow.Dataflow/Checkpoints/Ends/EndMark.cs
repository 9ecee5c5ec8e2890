namespace AntFlow.Dataflow;

/// <summary>What one run has in its store about the end of the process, and what it should have there.</summary>
/// <remarks><b>The lock</b> guards the fields; the store is called outside it, by one thread at a time, until it says what is wanted or fails.</remarks>
internal sealed class EndMark(ICheckpointRun run)
{
    // A mark that takes longer is none: the process ends meanwhile.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private bool _wanted;
    private bool? _stored = false;
    private Task? _writing;

    public ICheckpointRun Run => run;

    /// <summary>Whether the store says what is wanted.</summary>
    public bool IsRight
    {
        get
        {
            lock (_lock)
                return _stored == _wanted;
        }
    }

    /// <summary>Has the store say it. Ends when it does, or when that has failed.</summary>
    public Task SetAsync(bool isPlanned)
    {
        TaskCompletionSource written;
        lock (_lock)
        {
            _wanted = isPlanned;
            if (_writing is not null)
                return _writing;
            if (_stored == _wanted)
                return Task.CompletedTask;
            written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _writing = written.Task;
        }

        return WriteAsync(written);
    }

    private async Task WriteAsync(TaskCompletionSource written)
    {
        while (TryBegin(out bool isPlanned))
        {
            try
            {
                using var patience = new CancellationTokenSource(_patience, TimeProvider.System);
                await run.MarkPlannedEndAsync(isPlanned, patience.Token).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // Whether it was written is not known. An end that is not marked counts as a crash.
                break;
            }

            lock (_lock)
                _stored = isPlanned;
        }

        lock (_lock)
            _writing = null;
        written.SetResult();
    }

    private bool TryBegin(out bool isPlanned)
    {
        lock (_lock)
        {
            isPlanned = _wanted;
            if (_stored == _wanted)
                return false;
            _stored = null;
            return true;
        }
    }
}
