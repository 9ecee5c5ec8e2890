namespace AntFlow.Dataflow;

/// <summary>A run that you can watch and control without knowing its types. You can call all members from any thread, at any time; none blocks.</summary>
public interface IPipelineRun
{
    /// <summary>The name of the run (<see cref="RunOptions.RunId"/>).</summary>
    string RunId { get; }

    /// <summary>A task that completes when every accepted item has ended and no more items can be fed. It never faults and is never canceled. Do not await it inside a task or callback of the run:
    /// it waits for that code to end.</summary>
    Task<PipelineReport> Completion { get; }

    /// <summary>Returns where every item is at this instant. The counts add up exactly.</summary>
    /// <returns>The snapshot.</returns>
    PipelineSnapshot GetSnapshot();

    /// <summary>Pauses the run: no attempt starts, retries included, until <see cref="Resume()"/>. Running attempts finish. Items are still handed on and fed until the queues are full.</summary>
    void Pause();

    /// <summary>Ends <see cref="Pause()"/>. Stages that were paused individually stay paused.</summary>
    void Resume();

    /// <summary>Pauses one stage, independently of whether the run is paused.</summary>
    /// <param name="stage">The name of the stage.</param>
    /// <exception cref="ArgumentException">The pipeline has no stage of that name.</exception>
    void Pause(string stage);

    /// <summary>Ends <see cref="Pause(string)"/>.</summary>
    /// <param name="stage">The name of the stage.</param>
    /// <exception cref="ArgumentException">The pipeline has no stage of that name.</exception>
    void Resume(string stage);

    /// <summary>Changes the number of workers of a stage: an increase takes effect before the method returns, a decrease as running executions end.</summary>
    /// <param name="stage">The name of the stage.</param>
    /// <param name="workers">The new number of workers, from 1 to 100,000 (<see cref="StageOptions.MaxWorkers"/>).</param>
    /// <exception cref="ArgumentException">The pipeline has no stage of that name.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="workers"/> is below 1 or above 100,000. The number of workers does not change.</exception>
    void SetWorkers(string stage, int workers);

    /// <summary>Changes how many items of a stage may be in progress or wait for their next attempt (<see cref="StageOptions{TIn}.MaxInFlight"/>). Items that have started continue.</summary>
    /// <param name="stage">The name of the stage.</param>
    /// <param name="maxInFlight">The new limit, at least 1. A value below the number of workers has the effect of that number. Null sets the default, which follows the number of workers.</param>
    /// <exception cref="ArgumentException">The pipeline has no stage of that name.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxInFlight"/> is below 1. The limit does not change.</exception>
    void SetMaxInFlight(string stage, int? maxInFlight);

    /// <summary>Stops the run gently and waits for its end. The run takes no more items, starts nothing that <paramref name="mode"/> does not allow, and retries nothing.</summary>
    /// <param name="gracePeriod">The time after which running work is canceled. Default: <see cref="RunOptions.GracePeriod"/>. Not negative.</param>
    /// <param name="mode">How far items may proceed after the stop.</param>
    /// <param name="cancellationToken">Cancels only the waiting, not the stop.</param>
    /// <returns>The report of the run.</returns>
    /// <exception cref="InvalidOperationException">The method was called in the synchronous part of a task or callback of this run, whose end it would wait for. Nothing is stopped.</exception>
    Task<PipelineReport> StopAsync(TimeSpan? gracePeriod = null, StopMode mode = StopMode.AfterStage, CancellationToken cancellationToken = default);

    /// <summary>Stops the run gently, and returns at once.</summary>
    /// <param name="gracePeriod">The time after which running work is canceled. Default: <see cref="RunOptions.GracePeriod"/>. Not negative.</param>
    /// <param name="mode">How far items may proceed after the stop.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="gracePeriod"/> is negative.</exception>
    void Stop(TimeSpan? gracePeriod = null, StopMode mode = StopMode.AfterStage);

    /// <summary>Cancels the run and returns at once. Nothing starts any more, and the tokens of running tasks are canceled.</summary>
    void Cancel();
}
