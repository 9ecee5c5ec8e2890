namespace AntFlow.Dataflow;

/// <summary>Shows the progress of a run (<see cref="RunOptions.Display"/>). Calls come one at a time, never on a worker.</summary>
/// <remarks>
/// <para>An exception that a method throws goes to <see cref="ErrorSummary.Callbacks"/> and the log; the next call is made regardless. The run never waits for <see cref="OnUpdate"/> until its
/// end. It waits for <see cref="OnStart"/> before it takes items, and for the last calls before it completes, each for at most <see cref="RunOptions.AbandonAfter"/> (at least one second). After
/// that it continues without the display, and the remaining calls are made once the display returns.</para>
/// <para>A method must not wait for the end of the run, nor for the call that starts it.</para>
/// </remarks>
public interface IPipelineDisplay
{
    /// <summary>Called once, before the run takes its first item.</summary>
    /// <param name="run">The run. You may keep it until <see cref="OnFinish"/>.</param>
    /// <param name="total">The number of items to expect; null if it is unknown, as with streams and runs that you feed yourself.</param>
    void OnStart(IPipelineRun run, long? total);

    /// <summary>Called at each <see cref="RunOptions.UpdateInterval"/> until the run ends, and once at its end with the final counts. Calls do not pile up: if an update takes longer than the
    /// interval, the next one is made after it.</summary>
    /// <param name="snapshot">The current state of the run.</param>
    void OnUpdate(PipelineSnapshot snapshot);

    /// <summary>Called once, as the last call, before the run completes.</summary>
    /// <param name="report">The report of the run. An exception of this method is contained in the report that the run returns, but not in this one.</param>
    void OnFinish(PipelineReport report);
}
