namespace AntFlow.Dataflow;

/// <summary>Drives the display of one run: one call after the other, on a thread of the pool or its own, never on a worker.</summary>
/// <remarks>There is no lock: everything is called by one async method. The run talks to it by two tasks, <see cref="Started"/> and the report it is given, and stops waiting
/// for a call that does not return; the loop itself never gives up, so that a display that wakes up late still gets its last calls.</remarks>
/// <param name="display">The display of the user. May throw and block.</param>
/// <param name="run">What the display gets of the run.</param>
/// <param name="clock">The time of the run.</param>
/// <param name="times">How often it is called, and how long it is waited for.</param>
/// <param name="report">Told what the display throws: the name of the callback and the error.</param>
internal sealed partial class DisplayLoop(IPipelineDisplay display, IPipelineRun run, RunClock clock, DisplayTimes times, Action<string, Exception> report)
{
    // Who abandons bodies at once still lets a display write its last lines.
    private readonly TimeSpan _patience = times.AbandonAfter > TimeSpan.FromSeconds(1) ? RunClock.Cut(times.AbandonAfter) : TimeSpan.FromSeconds(1);
    private readonly TaskCompletionSource<PipelineReport> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _loop = Task.CompletedTask;

    /// <summary>Ends when <c>OnStart</c> has returned, or was waited for long enough. Never faults.</summary>
    public Task Started { get; private set; } = Task.CompletedTask;

    /// <summary>Begins. Called once, before anything is fed.</summary>
    public void Start(long? total)
    {
        // On a thread of its own: the caller that starts a run may wait for OnStart on the last thread of the pool.
        _loop = Task.Factory.StartNew(
            () => RunAsync(total),
            CancellationToken.None,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default).Unwrap();
        Task started = _started.Task;
        Broken("items-do-not-wait-for-the-display", ref started, Task.CompletedTask);
        Started = WaitForAsync(started, nameof(IPipelineDisplay.OnStart));
    }

    /// <summary>Holds the thread until <see cref="Started"/>: for calls that return a run which can be fed at once.</summary>
    public void WaitUntilStarted()
    {
        // The first one is set by the display's own thread: also where callers that start runs have taken all threads of the pool, which the second one needs.
        if (!Started.IsCompleted)
            WaitHandle.WaitAny([((IAsyncResult)_started.Task).AsyncWaitHandle, ((IAsyncResult)Started).AsyncWaitHandle]);
    }

    /// <summary>Shows the final numbers and the report, and ends when that is done, or was waited for long enough. Called once. Never faults.</summary>
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

    /// <summary>Waits for the interval or the end of the run. False once the run has ended.</summary>
    private async Task<bool> TickAsync()
    {
        try
        {
            await ((Task)_ended.Task).WaitAsync(RunClock.Cut(times.UpdateInterval), clock.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // Not on the thread of a timer: the code that moves a clock must not be held by a display.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
        catch (Exception error)
        {
            // A clock that cannot make a timer: only the last calls are left.
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
            // As the run itself does: it still ends, by the clock of the system.
            report(nameof(TimeProvider), error);
            waiting = task.WaitAsync(_patience, TimeProvider.System);
        }

        await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        if (!task.IsCompleted)
        {
            report(nameof(IPipelineDisplay), new TimeoutException(
                $"{display.GetType().Name} has not returned from {what} within {_patience}; the run goes on without waiting for it. See RunOptions.AbandonAfter."));
        }
    }

    /// <summary>A decision that the faults build can turn: a seam, and nothing in any other.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}

/// <summary>How often a display is called, and how long it is waited for.</summary>
internal readonly record struct DisplayTimes(TimeSpan UpdateInterval, TimeSpan AbandonAfter);
