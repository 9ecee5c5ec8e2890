namespace AntFlow.Dataflow;

/// <summary>Breaks one decision of the engine on purpose, so that a test can show that it would notice.</summary>
/// <remarks>At most one fault is on in a process: the one that the environment variable <c>ANTFLOW_FAULT</c> names. It is read once.</remarks>
internal static class Fault
{
    private const string Switch = "ANTFLOW_FAULT";
    private static readonly string? _on = Environment.GetEnvironmentVariable(Switch);

    /// <summary>Whether this fault is on.</summary>
    public static bool IsOn(string fault) => _on is not null && string.Equals(fault, _on, StringComparison.Ordinal);

    /// <summary>Turns a decision, if this fault is on.</summary>
    public static void Break<T>(string fault, ref T value, T instead)
    {
        if (IsOn(fault))
            value = instead;
    }
}
