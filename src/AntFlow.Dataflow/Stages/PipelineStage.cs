namespace AntFlow.Dataflow;

/// <summary>A stage and its place in the pipeline.</summary>
/// <param name="Definition">The stage.</param>
/// <param name="Index">Its number.</param>
/// <param name="Settings">Its settings in this pipeline.</param>
/// <param name="Ends">For each of its links, whether what passes over it is a result of the pipeline.</param>
/// <param name="Depth">In how many branches it is.</param>
internal sealed record PipelineStage(Stage Definition, int Index, StageSettings Settings, IReadOnlyList<bool> Ends, int Depth = 0)
{
    private const int MostDelays = 20;

    private readonly bool _endsAlways = Ends.All(ends => ends);
    private readonly bool _endsNever = Ends.All(ends => !ends);

    public string Name => Definition.Name;

    /// <summary>How long an item waits after each attempt but the last one, as far as the policy determines it in advance.</summary>
    public IReadOnlyList<TimeSpan> RetryDelays { get; } =
        [.. Enumerable.Range(1, Math.Min(MostDelays, Settings.Retry.Attempts - 1))
            .Select(attempt => Settings.Retry.DelayAfter(attempt, random: 0.5))];

    /// <summary>Returns whether an item that leaves the stage has passed all its stages.</summary>
    /// <param name="link">The link over which it leaves.</param>
    public bool IsEnd(int link) => _endsAlways || (!_endsNever && Ends[link]);
}
