namespace AntFlow.Dataflow;

/// <summary>What can be seen of a run and done to it without knowing its types. All members may be called from any thread, at any time; none blocks.</summary>
public interface IPipelineRun
{
    /// <summary>The name of the run (<see cref="RunOptions.RunId"/>).</summary>
    string RunId { get; }

    /// <summary>Ends when every accepted item has ended and no more can come. Never faults and is never canceled. Do not await it inside a task or callback of the run, for whose end it waits.</summary>
    Task<PipelineReport> Completion { get; }

    /// <summary>Where every item is at this instant. Adds up exactly.</summary>
    /// <returns>The snapshot.</returns>
    PipelineSnapshot GetSnapshot();

    /// <summary>No attempt starts any more, retries included, until <see cref="Resume()"/>. Running ones finish; hand-over and feeding go on to capacity.</summary>
    void Pause();

    /// <summary>Ends <see cref="Pause()"/>. Stages that were paused on their own stay so.</summary>
    void Resume();

    /// <summary>Pauses one stage, apart from whether the run is paused.</summary>
    /// <param name="stage">The name of the stage.</param>
    /// <exception cref="ArgumentException">There is no stage of that name.</exception>
    void Pause(string stage);

    /// <summary>Ends <see cref="Pause(string)"/>.</summary>
    /// <param name="stage">The name of the stage.</param>
    /// <exception cref="ArgumentException">There is no stage of that name.</exception>
    void Resume(string stage);

    /// <summary>Changes the number of workers of a stage: raising acts before it returns, lowering as executions end.</summary>
    /// <param name="stage">The name of the stage.</param>
    /// <param name="workers">How many workers it is to have. From 1 to 100,000 (<see cref="StageOptions.MaxWorkers"/>).</param>
    /// <exception cref="ArgumentException">There is no stage of that name.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="workers"/> is below 1 or above 100,000. The run goes on with the workers it has.</exception>
    void SetWorkers(string stage, int workers);

    /// <summary>Changes how many items of a stage may be in the hands of workers or wait for their next attempt (<see cref="StageOptions{TIn}.MaxInFlight"/>). Items that have begun go on.</summary>
    /// <param name="stage">The name of the stage.</param>
    /// <param name="maxInFlight">At least 1; a number below that of the workers counts as that. Null for the default, which follows the workers.</param>
    /// <exception cref="ArgumentException">There is no stage of that name.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxInFlight"/> is below 1. The stage goes on with the number it has.</exception>
    void SetMaxInFlight(string stage, int? maxInFlight);

    /// <summary>Stops gently, and waits for the end: takes nothing more, starts nothing that <paramref name="mode"/> does not allow, and retries nothing.</summary>
    /// <param name="gracePeriod">After it, what still runs is canceled. Default: <see cref="RunOptions.GracePeriod"/>. Not negative.</param>
    /// <param name="mode">How far items go.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <returns>What the run has come to.</returns>
    /// <exception cref="InvalidOperationException">It was called in the synchronous part of a task or a callback of this run, for whose end it would wait: nothing is stopped.</exception>
    Task<PipelineReport> StopAsync(TimeSpan? gracePeriod = null, StopMode mode = StopMode.AfterStage, CancellationToken cancellationToken = default);

    /// <summary>Stops gently, and returns at once.</summary>
    /// <param name="gracePeriod">After it, what still runs is canceled. Default: <see cref="RunOptions.GracePeriod"/>. Not negative.</param>
    /// <param name="mode">How far items go.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="gracePeriod"/> is negative.</exception>
    void Stop(TimeSpan? gracePeriod = null, StopMode mode = StopMode.AfterStage);

    /// <summary>Cancels the run, and returns at once: nothing starts any more, and what runs is told by its token.</summary>
    void Cancel();
}
