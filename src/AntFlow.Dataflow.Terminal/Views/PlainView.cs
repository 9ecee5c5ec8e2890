namespace AntFlow.Dataflow.Terminal;

/// <summary>The run in one line of text, for files and pipes.</summary>
internal static class PlainView
{
    /// <summary>Returns the line without the time: an unchanged line need not be repeated.</summary>
    public static string Of(Watched watched)
    {
        PipelineSnapshot now = watched.Now;
        string done = now.Total is { } total
            ? $"{Say.Count(watched.Ended)} of {Say.Count(total)} ({Say.Percent(total == 0 ? 1 : watched.Ended / (double)total)})"
            : $"{Say.Count(watched.Ended)} done of {Say.Count(now.Fed)} fed{(now.IsInputOpen ? " so far" : "")}";
        return $"{watched.State} {done}, {Say.Rate(watched.Rate)}, {Say.Count(now.Failed)} failed, {Say.Remaining(watched.Remaining)}; {TextWidth.Clean(watched.Bottleneck.Sentence)}";
    }
}
