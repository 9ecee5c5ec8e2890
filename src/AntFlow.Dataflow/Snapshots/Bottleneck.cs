namespace AntFlow.Dataflow.Snapshots;

/// <summary>The reason why a run is not faster at the moment, in one sentence.</summary>
public sealed record Bottleneck
{
    /// <summary>Creates an instance, for example for a test of a display.</summary>
    /// <param name="kind">The kind of the bottleneck.</param>
    /// <param name="stage">The stage that holds the run back; null if no stage does.</param>
    /// <param name="sentence">The description for display.</param>
    public Bottleneck(BottleneckKind kind, string? stage, string sentence)
    {
        Kind = kind;
        Stage = stage;
        Sentence = sentence;
    }

    /// <summary>The kind of the bottleneck.</summary>
    public BottleneckKind Kind { get; }

    /// <summary>The stage that holds the run back; null if no stage does.</summary>
    public string? Stage { get; }

    /// <summary>The description for display: one English sentence with a full stop. Times are in the offset of the snapshot.</summary>
    public string Sentence { get; }

    /// <summary>Finds the bottleneck of a run. A pure function: it uses no clock and keeps no state.</summary>
    /// <param name="now">The current snapshot of the run.</param>
    /// <param name="before">An earlier snapshot of the same run, such as that of the last update of a display. Changes between the two make the result more precise. Default: none.</param>
    /// <returns>The bottleneck that holds the run back most.</returns>
    public static Bottleneck Find(PipelineSnapshot now, PipelineSnapshot? before = null)
    {
        ArgumentNullException.ThrowIfNull(now);
        return new BottleneckSearch(now, before).Find();
    }

    /// <summary>Returns the sentence.</summary>
    /// <returns><see cref="Sentence"/>.</returns>
    public override string ToString() => Sentence;
}
