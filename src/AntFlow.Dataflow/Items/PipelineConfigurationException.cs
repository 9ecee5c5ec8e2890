namespace AntFlow.Dataflow;

/// <summary>Something has values it cannot work with: a pipeline and its stages at <c>Build()</c>, the options of a run at its start, those of a call of an executor at the call, those of a tracker
/// or a store when it is made. Also thrown at the start of a run with checkpoints, because values of its types could not be stored. Tells all faults at once, and nothing was done.</summary>
/// <remarks>It is thrown for the values of options. A wrong argument of a method is an <see cref="ArgumentException"/>, as everywhere.</remarks>
public sealed class PipelineConfigurationException : AntFlowException
{
    /// <summary>Makes one. For stores and other extensions, which refuse the values of their options by it.</summary>
    /// <param name="faults">The faults, each with the place, what was found, what is allowed, and what to do. At least one.</param>
    /// <exception cref="ArgumentException"><paramref name="faults"/> is empty.</exception>
    public PipelineConfigurationException(IReadOnlyList<string> faults)
        : base(string.Join(Environment.NewLine, faults), inner: null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(faults.Count);
        Faults = [.. faults];
    }

    /// <summary>The faults, each with the place, what was found, what is allowed, and what to do.</summary>
    public IReadOnlyList<string> Faults { get; }

    internal static void ThrowIfAny(IEnumerable<string> faults)
    {
        string[] all = [.. faults];
        if (all.Length > 0)
            throw new PipelineConfigurationException(all);
    }
}
