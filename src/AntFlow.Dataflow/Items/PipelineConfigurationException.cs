namespace AntFlow.Dataflow;

/// <summary>The exception that is thrown for invalid configuration: of a pipeline and its stages at <c>Build()</c>, of the options of a run at its start, of the options of an executor call at the
/// call, and of a tracker or store at its creation. It is also thrown at the start of a run with checkpoints if values of its types cannot be stored. It lists all faults; nothing was
/// started.</summary>
/// <remarks>It reports values of options. An invalid argument of a method causes an <see cref="ArgumentException"/>.</remarks>
public sealed class PipelineConfigurationException : AntFlowException
{
    /// <summary>Creates an exception. Stores and other extensions use it to reject values of their options.</summary>
    /// <param name="faults">The faults, each with the option, the value that was found, what is allowed, and what to do. At least one.</param>
    /// <exception cref="ArgumentException"><paramref name="faults"/> is empty.</exception>
    public PipelineConfigurationException(IReadOnlyList<string> faults)
        : base(string.Join(Environment.NewLine, faults), inner: null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(faults.Count);
        Faults = [.. faults];
    }

    /// <summary>The faults, each with the option, the value that was found, what is allowed, and what to do.</summary>
    public IReadOnlyList<string> Faults { get; }

    internal static void ThrowIfAny(IEnumerable<string> faults)
    {
        string[] all = [.. faults];
        if (all.Length > 0)
            throw new PipelineConfigurationException(all);
    }
}
