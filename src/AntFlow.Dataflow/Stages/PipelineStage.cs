namespace AntFlow.Dataflow;

/// <summary>A stage and its place in the pipeline.</summary>
/// <param name="Definition">The stage.</param>
/// <param name="Index">Its number.</param>
/// <param name="Settings">Its settings in this pipeline.</param>
/// <param name="IsExit">Whether its output is a result of the pipeline.</param>
internal sealed record PipelineStage(Stage Definition, int Index, StageSettings Settings, bool IsExit)
{
    private const int MostDelays = 20;

    public string Name => Definition.Name;

    /// <summary>How long an item waits after each attempt but the last one, as far as the policy determines it in advance.</summary>
    public IReadOnlyList<TimeSpan> RetryDelays { get; } =
        [.. Enumerable.Range(1, Math.Min(MostDelays, Settings.Retry.Attempts - 1))
            .Select(attempt => Settings.Retry.DelayAfter(attempt, random: 0.5))];
}
