namespace AntFlow.Dataflow;

/// <summary>What can be seen of a run and done to it without knowing its types. All members may be called from any thread, at any time; none waits.</summary>
public interface IPipelineRun
{
    /// <summary>The name of the run (<see cref="RunOptions.RunId"/>).</summary>
    string RunId { get; }

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

    /// <summary>Stops gently, and returns at once.</summary>
    /// <param name="mode">How far items go.</param>
    void Stop(StopMode mode = StopMode.AfterStage);

    /// <summary>Cancels the run, and returns at once: nothing starts any more, and what runs is told by its token.</summary>
    void Cancel();
}
