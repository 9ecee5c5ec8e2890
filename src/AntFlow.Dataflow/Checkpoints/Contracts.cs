namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The shapes of the values between the stages of a pipeline, and the earlier shapes that stored values may have. A step is the result of a stage or the input
/// (<see cref="GraphShape.Input"/>). Lists that include the input have it in the first place.</summary>
internal sealed class Contracts
{
    private readonly IReadOnlyList<StageCodec> _codecs;
    private readonly StageCodec _first;
    private readonly uint[] _seeds;
    private IReadOnlyList<(int Format, uint Seed)>[] _accepted;
    private IReadOnlyList<(int Format, uint Seed)> _lostInputs = [];

    /// <param name="codecs">The codecs of the stages.</param>
    /// <param name="graph">The stages.</param>
    /// <param name="hasInput">Whether the input is stored as well. Otherwise its type needs no description.</param>
    public Contracts(IReadOnlyList<StageCodec> codecs, StageGraph graph, bool hasInput)
    {
        _codecs = codecs;
        _first = codecs[graph.Shape.First];
        Input = hasInput ? _first.InputContract : null;
        Outputs = [.. codecs.Select((codec, index) => graph.Stages[index].Settings.IsStored ? codec.OutputContract : DescribeUnstored(codec))];
        _seeds = [Input is null ? 0 : Checksum.Of(Input), .. Outputs.Select(Checksum.Of)];
        _accepted = [.. _seeds.Select(seed => (IReadOnlyList<(int, uint)>)[(ContractFormat.Current, seed)])];
    }

    /// <summary>The shape of the input; null if it is not stored.</summary>
    public string? Input { get; }

    /// <summary>The shape of the result of each stage.</summary>
    public IReadOnlyList<string> Outputs { get; }

    /// <summary>The shape of a step as the first format described it.</summary>
    public string FirstOf(int step) => step == GraphShape.Input ? _first.FirstInputContract : _codecs[step].FirstOutputContract;

    /// <summary>The seed of the checksum of a step that is written.</summary>
    public uint Of(int step) => _seeds[IndexOf(step)];

    /// <summary>Adds the earlier shapes with which the steps of a stored run may have been written. Called once, before the first step is read.</summary>
    public void AddStored(PipelineDescription description)
    {
        _accepted =
        [
            Seeds(Of(GraphShape.Input), description.EarlierInputs),
            .. description.Stages.Select((stage, index) => Seeds(Of(index), stage.Earlier)),
        ];
        _lostInputs = Seeds(description.LostInputs);
    }

    /// <summary>Whether a step is intact and has a shape that can be read.</summary>
    public bool Fits(StoredStep step) => IsOneOf(step, _accepted[IndexOf(step.StageIndex)]);

    /// <summary>Whether a step that does not fit is an intact input whose type has changed since.</summary>
    public bool IsLostInput(StoredStep step) => step.StageIndex == GraphShape.Input && IsOneOf(step, _lostInputs);

    // The type may be one that cannot be stored. If it can, the results are described as they are, so that a stage whose results are no longer stored has not changed.
    private static string DescribeUnstored(StageCodec codec)
    {
        try
        {
            return codec.OutputContract ?? string.Empty;
        }
        catch (Exception)
        {
            return string.Empty;
        }
    }

    private static int IndexOf(int step) => step - GraphShape.Input;

    private static bool IsOneOf(StoredStep step, IReadOnlyList<(int Format, uint Seed)> contracts)
    {
        foreach ((int format, uint seed) in contracts)
        {
            if (format == step.Format && Checksum.Of(step, seed) == step.Checksum)
                return true;
        }

        return false;
    }

    private static IReadOnlyList<(int, uint)> Seeds(uint current, IReadOnlyList<EarlierContract>? earlier) => [(ContractFormat.Current, current), .. Seeds(earlier)];

    private static IReadOnlyList<(int, uint)> Seeds(IReadOnlyList<EarlierContract>? earlier) => [.. (earlier ?? []).Select(contract => (contract.Format, Checksum.Of(contract.Text)))];
}
