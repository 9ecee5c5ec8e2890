namespace AntFlow.Dataflow;

/// <summary>Shows a run while it goes on (<see cref="RunOptions.Display"/>). Calls come one at a time, never on a worker.</summary>
/// <remarks>
/// <para>What a method throws goes to <see cref="ErrorSummary.Callbacks"/> and the log, and the next call comes as if nothing had happened. The run never waits for
/// <see cref="OnUpdate"/> while it goes on. It does wait for <see cref="OnStart"/> before it takes items, and for the last calls before it completes, but no longer than
/// <see cref="RunOptions.AbandonAfter"/> (at least one second) each: then it goes on without the display, and calls that are still due come late.</para>
/// <para>No method may wait for the end of the run, nor for what starts it.</para>
/// </remarks>
public interface IPipelineDisplay
{
    /// <summary>Called once, first, before an item is taken.</summary>
    /// <param name="run">The run; may be kept until <see cref="OnFinish"/>.</param>
    /// <param name="total">How many items there will be; null where it is not known, as with streams and runs that are fed by hand.</param>
    void OnStart(IPipelineRun run, long? total);

    /// <summary>Called at every <see cref="RunOptions.UpdateInterval"/> while the run goes on, and once at its end with the final numbers. An update that takes longer
    /// than the interval lets the next ones wait: they never pile up.</summary>
    /// <param name="snapshot">How it looks now.</param>
    void OnUpdate(PipelineSnapshot snapshot);

    /// <summary>Called once, last, before the run completes.</summary>
    /// <param name="report">What the run has come to. What this method throws is in the errors of the run's own report, not yet in this one.</param>
    void OnFinish(PipelineReport report);
}
