using System.Runtime.InteropServices;

namespace AntFlow.Dataflow;

/// <summary>Connects a run to the tokens and signals that can request its end from outside, from its start to its end.</summary>
/// <remarks>The thread that cancels a token, or sends a signal, does not expect to end a million items there: the run is notified on the pool. Only a token that is already canceled notifies
/// it at once, so that nothing starts.</remarks>
internal static class StopTriggers
{
    /// <summary>Lets the token cancel the run.</summary>
    public static void Cancel<TOut>(RunCore<TOut> core, CancellationToken cancellationToken) => Listen(core, cancellationToken, core.Cancel);

    /// <summary>Lets the token stop the run gently, and signals too, if requested.</summary>
    public static void Stop<TOut>(RunCore<TOut> core, CancellationToken stopToken, bool onSignals, StopMode mode)
    {
        Action stop = () => core.Stop(mode);
        Listen(core, stopToken, stop);
        if (!onSignals)
            return;
        foreach (IDisposable registration in new StopSignals(core.Tokens.OnEndRequested, stop, core.Cancel).Listen())
            EndWithRun(core, registration);
    }

    private static void Listen<TOut>(RunCore<TOut> core, CancellationToken token, Action end)
    {
        if (!token.CanBeCanceled)
            return;
        core.Tokens.AddRequest(token);
        if (token.IsCancellationRequested)
            end();
        else
            EndWithRun(core, token.UnsafeRegister(static end => OnPool((Action)end!), end));
    }

    // A token may exist for as long as the process, and must not hold all its runs.
    private static void EndWithRun<TOut>(RunCore<TOut> core, IDisposable listening) => _ = core.Completion.ContinueWith(
        static (_, listening) => ((IDisposable)listening!).Dispose(), listening, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private static void OnPool(Action end) => ThreadPool.UnsafeQueueUserWorkItem(static end => end(), end, preferLocal: false);

    /// <summary>The signals that ask a process to end: the first stops, the second cancels, and the third has its default effect.</summary>
    private sealed class StopSignals(Action onSignal, Action stop, Action cancel)
    {
        private int _count;

        public IReadOnlyList<IDisposable> Listen()
        {
            List<IDisposable> registrations = [];
            try
            {
                registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal));
                registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal));
            }
            catch (PlatformNotSupportedException)
            {
                // The platform has no such signals, so none arrive.
            }

            return registrations;
        }

        private void OnSignal(PosixSignalContext signal)
        {
            int count = Interlocked.Increment(ref _count);
            if (count > 2)
                return;
            signal.Cancel = true;
            onSignal();
            OnPool(count == 1 ? stop : cancel);
        }
    }
}
