using System.Runtime.InteropServices;

#pragma warning disable CA1050, MA0047, IDE0130 // the runtime looks for this very name, in no namespace

/// <summary>Loaded into another program before its start (<c>DOTNET_STARTUP_HOOKS</c>): SIGUSR1 makes it throw what nobody catches, on a thread of its own.</summary>
internal static class StartupHook
{
    // Kept, or it would be collected.
    private static PosixSignalRegistration? _registration;

    public static void Initialize() =>
        _registration = PosixSignalRegistration.Create((PosixSignal)(OperatingSystem.IsMacOS() ? 30 : 10), _ => throw new InvalidOperationException("Nobody catches this."));
}
