namespace AntFlow.Dataflow.Benchmarks.Contenders;

/// <summary>What hand-written chains send from block to block.</summary>
public sealed class Envelope(long value)
{
    public long Value { get; set; } = value;

    /// <summary>Which branch it takes.</summary>
    public int Key { get; set; }
}
