namespace AntFlow.Dataflow.Snapshots;

/// <summary>What is blocking a run now, in one sentence.</summary>
public sealed record Bottleneck
{
    /// <summary>Makes one, such as for a test of what shows it.</summary>
    /// <param name="kind">What kind of thing it is.</param>
    /// <param name="stage">The stage that holds the run back; null if no stage does.</param>
    /// <param name="sentence">The whole of it for people.</param>
    public Bottleneck(BottleneckKind kind, string? stage, string sentence)
    {
        Kind = kind;
        Stage = stage;
        Sentence = sentence;
    }

    /// <summary>What kind of thing it is.</summary>
    public BottleneckKind Kind { get; }

    /// <summary>The stage that holds the run back; null if no stage does.</summary>
    public string? Stage { get; }

    /// <summary>The whole of it for people: in English, one sentence, with a full stop. Times are in the offset of the snapshot.</summary>
    public string Sentence { get; }

    /// <summary>Finds what is blocking a run. A pure function: no clock, no state.</summary>
    /// <param name="now">How the run looks now.</param>
    /// <param name="before">How the same run looked a moment ago, such as at the last update of a display: what has changed since tells more than one look. Default: none.</param>
    /// <returns>The one thing that holds the run back most.</returns>
    public static Bottleneck Find(PipelineSnapshot now, PipelineSnapshot? before = null)
    {
        ArgumentNullException.ThrowIfNull(now);
        return new BottleneckSearch(now, before).Find();
    }

    /// <summary>The sentence.</summary>
    /// <returns><see cref="Sentence"/>.</returns>
    public override string ToString() => Sentence;
}
