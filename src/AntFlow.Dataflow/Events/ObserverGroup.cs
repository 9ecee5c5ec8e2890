namespace AntFlow.Dataflow.Observers;

/// <summary>The observers of a run. It passes to each observer the events that it asks for, and isolates the rest of the run from exceptions and AsyncLocals of the observers.</summary>
internal sealed class ObserverGroup
{
    [ThreadStatic]
    private static bool _isAsking;

    private readonly Watcher[] _watchers;
    private readonly Watcher[] _hearAcceptance;
    private readonly Watcher[] _hearStatuses;
    private readonly Watcher[] _hearTasks;
    private readonly Watcher[] _hearEnds;
    private readonly PipelineObserver[] _mayBeFull;
    private readonly Caller _caller;
    private readonly Action<string, ItemId, string, Exception> _report;

    public ObserverGroup(IReadOnlyList<PipelineObserver> observers, in Caller caller, ObservedRun run, Action<string, ItemId, string, Exception> report)
    {
        Run = run;
        _caller = caller;
        _report = report;
        _watchers = [.. observers.Select((observer, index) => new Watcher(observer, InterestsOf(observer), index, !observer.IsOfLibrary))];
        _hearAcceptance = Hearing(ObserverInterests.Acceptance);
        _hearStatuses = Hearing(ObserverInterests.Statuses);
        _hearTasks = Hearing(ObserverInterests.Tasks);
        _hearEnds = Hearing(ObserverInterests.Ends);
        _mayBeFull = [.. observers.Where(observer => ObserverOverrides.WaitForRoom(observer) ?? true)];
        ReadTimes = _hearStatuses.Concat(_hearEnds).Any(watcher => watcher.IsForeign);
    }

    private enum Callback
    {
        OnAccepted,
        OnStatus,
        OnEnded,
    }

    public ObservedRun Run { get; }

    public int Count => _watchers.Length;

    /// <summary>Whether an observer may read the times of an item. They are zero at the acceptance, and calls of tasks do not carry them.</summary>
    public bool ReadTimes { get; }

    /// <summary>Whether an observer asks for the acceptance of items, which must be reported before the item continues.</summary>
    public bool WantsAcceptance => _hearAcceptance.Length > 0;

    public bool WantsTasks => _hearTasks.Length > 0;

    /// <summary>Whether an observer asks for changes of status other than the end.</summary>
    public bool WantsStatuses => _hearStatuses.Length > 0;

    /// <summary>Whether an observer asks for the end of items.</summary>
    public bool WantsEnds => _hearEnds.Length > 0 || WantsStatuses;

    public bool MayBeFull => _mayBeFull.Length > 0;

    /// <summary>Whether workers and feeders should wait with <see cref="WaitForRoomAsync"/>.</summary>
    public bool AreFull
    {
        get
        {
            foreach (PipelineObserver observer in _mayBeFull)
            {
                if (IsFull(observer))
                    return true;
            }

            return false;
        }
    }

    /// <summary>Finds callbacks that are overridden but never called, of observers whose interests are Ends alone, which is the default. An observer with other interests has chosen them
    /// deliberately.</summary>
    public IEnumerable<(PipelineObserver Observer, string Callback, ObserverInterests Needs)> FindNeverCalled() =>
        from watcher in _watchers
        where watcher.Interests == ObserverInterests.Ends
        from missing in ObserverOverrides.NeverCalled(watcher.Observer, watcher.Interests)
        select (watcher.Observer, missing.Callback, missing.Needs);

    public void NotifyStarted()
    {
        foreach (Watcher watcher in _watchers)
        {
            UserCall user = UserCall.Begin(_caller);
            try
            {
                watcher.Observer.OnRunStarted(Run);
            }
            catch (Exception error)
            {
                Report(watcher.Observer, nameof(PipelineObserver.OnRunStarted), default, string.Empty, error);
            }
            finally
            {
                user.End();
            }
        }
    }

    public void NotifyAccepted(Item item, in ItemMoment moment) => Notify(_hearAcceptance, item, moment, Callback.OnAccepted);

    public void NotifyStatus(Item item, in ItemMoment moment)
    {
        Notify(_hearStatuses, item, moment, Callback.OnStatus);
        if (moment.IsEnd)
            Notify(_hearEnds, item, moment, Callback.OnEnded);
    }

    public void NotifyTask(Item item, in TaskMoment moment)
    {
        foreach (Watcher watcher in _hearTasks)
        {
            UserCall user = watcher.IsForeign ? UserCall.Begin(_caller) : default;
            try
            {
                watcher.Observer.OnTask(new TaskObservation(Run, item, moment, watcher.Index));
            }
            catch (Exception error)
            {
                Report(watcher.Observer, nameof(PipelineObserver.OnTask), item.Id, moment.Stage, error);
            }
            finally
            {
                if (watcher.IsForeign)
                    user.End();
            }
        }
    }

    /// <summary>Waits until all observers have room, or until the token is canceled.</summary>
    public async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        foreach (PipelineObserver observer in _mayBeFull)
        {
            if (!IsFull(observer))
                continue;
            try
            {
                Task room = Call(observer, observer => observer.WaitForRoomAsync(cancellationToken)).AsTask();
                // The wait may fail after it is no longer awaited.
                _ = room.ContinueWith(static ended => _ = ended.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                await room.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                Report(observer, nameof(PipelineObserver.WaitForRoomAsync), default, string.Empty, error);
            }
        }
    }

    /// <summary>Makes each observer deliver its remaining events. An observer that takes long or blocks its thread does not delay the others.</summary>
    public Task NotifyEndedAsync() => Task.WhenAll(_watchers.Select(watcher => Task.Run(() => NotifyEndedAsync(watcher.Observer))));

    private Watcher[] Hearing(ObserverInterests interest) => [.. _watchers.Where(watcher => (watcher.Interests & interest) != ObserverInterests.None)];

    private void Notify(Watcher[] watchers, Item item, in ItemMoment moment, Callback callback)
    {
        foreach (Watcher watcher in watchers)
        {
            UserCall user = watcher.IsForeign ? UserCall.Begin(_caller) : default;
            try
            {
                Call(callback, watcher.Observer, new ItemObservation(Run, item, moment, watcher.Index));
            }
            catch (Exception error)
            {
                Report(watcher.Observer, callback.ToString(), item.Id, moment.Stage, error);
            }
            finally
            {
                if (watcher.IsForeign)
                    user.End();
            }
        }
    }

    private static void Call(Callback callback, PipelineObserver observer, in ItemObservation item)
    {
        if (callback == Callback.OnStatus)
            observer.OnStatus(item);
        else if (callback == Callback.OnEnded)
            observer.OnEnded(item);
        else
            observer.OnAccepted(item);
    }

    private async Task NotifyEndedAsync(PipelineObserver observer)
    {
        try
        {
            await Call(observer, observer => observer.OnRunEndedAsync(Run)).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Report(observer, nameof(PipelineObserver.OnRunEndedAsync), default, string.Empty, error);
        }
    }

    private ValueTask Call(PipelineObserver observer, Func<PipelineObserver, ValueTask> call)
    {
        UserCall user = UserCall.Begin(_caller);
        try
        {
            return call(observer);
        }
        finally
        {
            user.End();
        }
    }

    private bool IsFull(PipelineObserver observer)
    {
        // A snapshot also asks, and an observer may take a snapshot in order to answer.
        if (_isAsking)
            return false;
        _isAsking = true;
        try
        {
            return observer.IsFull;
        }
        catch (Exception error)
        {
            Report(observer, nameof(PipelineObserver.IsFull), default, string.Empty, error);
            return false;
        }
        finally
        {
            _isAsking = false;
        }
    }

    private ObserverInterests InterestsOf(PipelineObserver observer)
    {
        try
        {
            return observer.Interests;
        }
        catch (Exception error)
        {
            Report(observer, nameof(PipelineObserver.Interests), default, string.Empty, error);
            return ObserverInterests.None;
        }
    }

    private void Report(PipelineObserver observer, string callback, in ItemId itemId, string stage, Exception error) =>
        _report($"{observer.GetType().Name}.{callback}", itemId, stage, error);

    private readonly record struct Watcher(PipelineObserver Observer, ObserverInterests Interests, int Index, bool IsForeign);
}
