using System.Runtime.InteropServices;

namespace BatchApi;

/// <summary>Ctrl-C (and SIGTERM): the first stops, the second cancels, the third is the system's.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly TaskCompletionSource _stop = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _cancel = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private int _count;

    public StopSignals()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
    }

    /// <summary>Ends with the first signal.</summary>
    public Task Stop => _stop.Task;

    /// <summary>Ends with the second signal.</summary>
    public Task Cancel => _cancel.Task;

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        int count = Interlocked.Increment(ref _count);
        signal.Cancel = count <= 2;
        if (count == 1)
            _stop.TrySetResult();
        else if (count == 2)
            _cancel.TrySetResult();
    }
}
