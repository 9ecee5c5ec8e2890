using System.Runtime.InteropServices;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Watches for the end of this process, and does not affect it: no signal is canceled, so the process ends or continues as it would without this.</summary>
internal static class ProcessWatch
{
    private static readonly PosixSignal[] _signals = [PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP];

    // A registration that is not referenced is removed.
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
                // This system has no such signal, or does not deliver it: an end by that signal counts as a crash.
            }
        }

        AppDomain.CurrentDomain.ProcessExit += (_, _) => ends.OnExit(Environment.ExitCode);
        AppDomain.CurrentDomain.UnhandledException += (_, _) => ends.OnUnhandledException();
    }
}
