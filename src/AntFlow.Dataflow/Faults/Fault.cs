namespace AntFlow.Dataflow;

/// <summary>Breaks one decision of the engine on purpose, so that a test can show that it would notice.</summary>
/// <remarks>At most one fault is on in a process: the one that the environment variable <c>ANTFLOW_FAULT</c> names. It is read once.</remarks>
internal static class Fault
{
    private const string Switch = "ANTFLOW_FAULT";
    private static readonly string? _on = Environment.GetEnvironmentVariable(Switch);

    // Long enough for another thread that waits for a lock to get it, which sleeps for a moment between two looks.
    private static readonly TimeSpan _gap = TimeSpan.FromMilliseconds(200);

    /// <summary>Turns a decision, if this fault is on.</summary>
    public static void Break<T>(string fault, ref T value, T instead)
    {
        if (IsOn(fault))
            value = instead;
    }

    /// <summary>Leaves a section for a while in which others can enter it, if this fault is on.</summary>
    public static void Leave(string fault, in Section held)
    {
        if (IsOn(fault))
            held.LeaveFor(_gap);
    }

    private static bool IsOn(string fault) => _on is not null && string.Equals(fault, _on, StringComparison.Ordinal);
}
