namespace AntFlow.Dataflow;

/// <summary>The shapes of the values between the stages of a pipeline. Step <c>-1</c> is the input, step <c>n</c> what stage <c>n</c> makes.</summary>
internal sealed class Contracts
{
    private readonly uint[] _checksums;

    public Contracts(IReadOnlyList<StageCodec> codecs)
    {
        Texts = [codecs[0].InputContract, .. codecs.Select(codec => codec.OutputContract)];
        _checksums = [.. Texts.Select(Checksum.Of)];
    }

    /// <summary>The texts, the input's first.</summary>
    public IReadOnlyList<string> Texts { get; }

    /// <summary>What the checksum of a step begins with.</summary>
    public uint Of(int step) => _checksums[step + 1];
}
