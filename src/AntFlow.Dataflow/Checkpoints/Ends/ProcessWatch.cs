using System.Runtime.InteropServices;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Hears of the end of this process. Changes nothing of it: no signal is canceled, so the process ends, or goes on, as it does without.</summary>
internal static class ProcessWatch
{
    private static readonly PosixSignal[] _signals = [PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP];

    // A registration that nothing refers to is undone.
    private static readonly List<PosixSignalRegistration> _registrations = [];

    public static void Begin(PlannedEnds ends)
    {
        foreach (PosixSignal signal in _signals)
        {
            try
            {
                _registrations.Add(PosixSignalRegistration.Create(signal, _ => ends.OnSignal()));
            }
            catch (Exception error) when (error is PlatformNotSupportedException or IOException)
            {
                // This system has no such signal, or gives it to nobody: an end by it counts as a crash.
            }
        }

        AppDomain.CurrentDomain.ProcessExit += (_, _) => ends.OnExit(Environment.ExitCode);
        AppDomain.CurrentDomain.UnhandledException += (_, _) => ends.OnUnhandledException();
    }
}
