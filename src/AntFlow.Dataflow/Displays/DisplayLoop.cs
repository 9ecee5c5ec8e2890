namespace AntFlow.Dataflow;

/// <summary>Drives the display of one run: it makes one call after the other, on a thread of the pool or its own, never on a worker.</summary>
/// <remarks>There is no lock, because one async method makes all calls. The run communicates with it through two tasks: <see cref="Started"/> and the report. The run stops waiting for a call that
/// does not return. The loop itself never gives up, so that a display that returns late still gets its last calls.</remarks>
/// <param name="display">The display of the user. It may throw and block.</param>
/// <param name="run">The interface of the run that the display gets.</param>
/// <param name="clock">The clock of the run.</param>
/// <param name="times">How often the display is called, and how long the run waits for it.</param>
/// <param name="report">Called with the name of the callback and its exception when the display throws.</param>
internal sealed partial class DisplayLoop(IPipelineDisplay display, IPipelineRun run, RunClock clock, DisplayTimes times, Action<string, Exception> report)
{
    // A run that abandons tasks at once still gives the display time to write its last lines.
    private readonly TimeSpan _patience = times.AbandonAfter > TimeSpan.FromSeconds(1) ? RunClock.Cut(times.AbandonAfter) : TimeSpan.FromSeconds(1);
    private readonly TaskCompletionSource<PipelineReport> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _loop = Task.CompletedTask;

    /// <summary>Completes when <c>OnStart</c> has returned, or when the wait for it has timed out. Never faults.</summary>
    public Task Started { get; private set; } = Task.CompletedTask;

    /// <summary>Starts the loop. Called once, before anything is fed.</summary>
    public void Start(long? total)
    {
        // Runs on a thread of its own: the caller that starts a run may wait for OnStart on the last thread of the pool.
        _loop = Task.Factory.StartNew(
            () => RunAsync(total),
            CancellationToken.None,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default).Unwrap();
        Task started = _started.Task;
        Broken("items-do-not-wait-for-the-display", ref started, Task.CompletedTask);
        Started = WaitForAsync(started, nameof(IPipelineDisplay.OnStart));
    }

    /// <summary>Blocks the thread until <see cref="Started"/>, for calls that return a run that can be fed at once.</summary>
    public void WaitUntilStarted()
    {
        // The display's own thread sets the first one, so that it is also set if callers that start runs have taken all threads of the pool, which the second one needs.
        if (!Started.IsCompleted)
            WaitHandle.WaitAny([((IAsyncResult)_started.Task).AsyncWaitHandle, ((IAsyncResult)Started).AsyncWaitHandle]);
    }

    /// <summary>Shows the final counts and the report. Completes when that is done, or when the wait for it has timed out. Called once. Never faults.</summary>
    public Task FinishAsync(PipelineReport finalReport)
    {
        _ended.TrySetResult(finalReport);
        return WaitForAsync(_loop, "its last calls");
    }

    private async Task RunAsync(long? total)
    {
        Call(nameof(IPipelineDisplay.OnStart), () => display.OnStart(run, total));
        _started.TrySetResult();
        while (await TickAsync().ConfigureAwait(false))
            Call(nameof(IPipelineDisplay.OnUpdate), () => display.OnUpdate(run.GetSnapshot()));
        PipelineReport last = await _ended.Task.ConfigureAwait(false);
        Call(nameof(IPipelineDisplay.OnUpdate), () => display.OnUpdate(last.Snapshot));
        Call(nameof(IPipelineDisplay.OnFinish), () => display.OnFinish(last));
    }

    /// <summary>Waits for the interval or the end of the run. Returns false once the run has ended.</summary>
    private async Task<bool> TickAsync()
    {
        try
        {
            await ((Task)_ended.Task).WaitAsync(RunClock.Cut(times.UpdateInterval), clock.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // Not on the thread of a timer: the code that advances a clock must not be blocked by a display.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
        catch (Exception error)
        {
            // The clock cannot create a timer: only the last calls are made.
            report(nameof(TimeProvider), error);
            await ((Task)_ended.Task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return !_ended.Task.IsCompleted;
    }

    private void Call(string callback, Action call)
    {
        UserCall user = UserCall.Begin(default);
        try
        {
            call();
        }
        catch (Exception error)
        {
            report($"{nameof(IPipelineDisplay)}.{callback}", error);
        }
        finally
        {
            user.End();
        }
    }

    private async Task WaitForAsync(Task task, string what)
    {
        if (task.IsCompleted)
            return;
        Task waiting;
        try
        {
            waiting = task.WaitAsync(_patience, clock.Time);
        }
        catch (Exception error)
        {
            // As the run itself does: it still ends, by the system clock.
            report(nameof(TimeProvider), error);
            waiting = task.WaitAsync(_patience, TimeProvider.System);
        }

        await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        if (!task.IsCompleted)
        {
            report(nameof(IPipelineDisplay), new TimeoutException(
                $"{display.GetType().Name} has not returned from {what} within {_patience}; the run continues without waiting for it. See RunOptions.AbandonAfter."));
        }
    }

    /// <summary>A seam: a decision that only the faults build can change.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}

/// <summary>How often a display is called, and how long the run waits for it.</summary>
internal readonly record struct DisplayTimes(TimeSpan UpdateInterval, TimeSpan AbandonAfter);
