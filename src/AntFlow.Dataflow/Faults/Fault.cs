namespace AntFlow.Dataflow;

/// <summary>Breaks one decision of the engine on purpose, so that a test can show that the tests detect it.</summary>
/// <remarks>At most one fault is on in a process: the one that the environment variable <c>ANTFLOW_FAULT</c> names. The variable is read once.</remarks>
internal static class Fault
{
    private const string Switch = "ANTFLOW_FAULT";
    private static readonly string? _on = Environment.GetEnvironmentVariable(Switch);

    /// <summary>Returns whether this fault is on.</summary>
    public static bool IsOn(string fault) => _on is not null && string.Equals(fault, _on, StringComparison.Ordinal);

    /// <summary>Changes a decision if this fault is on.</summary>
    public static void Break<T>(string fault, ref T value, T instead)
    {
        if (IsOn(fault))
            value = instead;
    }
}
