using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>The feed calls made by a run's own code that wait for room in a stage, or for the callbacks of a tracker: perhaps only that code could end the wait.</summary>
/// <remarks>The lock guards the calls and the stages that were warned about. Timers are foreign code, made and disposed of outside it; a call without a timer waits without being watched.</remarks>
internal sealed class OwnFeeds(RunClock clock, Func<PipelineSnapshot> look, Action<string> warn)
{
    /// <summary>How long a call may wait before a warning is logged.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly List<OwnFeed> _waiting = [];
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    /// <summary>The call that has waited longest; null if none waits.</summary>
    public OwnFeed? Longest
    {
        get
        {
            lock (_lock)
                return _waiting.Count == 0 ? null : _waiting[0];
        }
    }

    /// <summary>Notes that a call begins to wait. The caller disposes of the result when the wait has ended.</summary>
    public IDisposable Begin(string stage)
    {
        var feed = new OwnFeed(stage, clock.Now);
        lock (_lock)
            _waiting.Add(feed);
        ITimer? timer = null;
        try
        {
            timer = clock.CreateTimer(_ => Look(feed), state: null, Patience, Patience);
        }
        catch (Exception)
        {
            // A clock that cannot make a timer ends the run elsewhere, where a timer is required.
        }

        return new Wait(this, feed, timer);
    }

    private void Look(OwnFeed feed)
    {
        PipelineSnapshot now = look();
        StageSnapshot stage = now.Stages.First(stage => string.Equals(stage.Name, feed.Stage, StringComparison.Ordinal));
        bool isStageFull = stage.InProgress + stage.Limited + stage.BlockedWorkers >= stage.Workers;
        if (!isStageFull && !now.IsObserverBehind)
            return;
        lock (_lock)
        {
            if (!_waiting.Contains(feed) || !_told.Add(feed.Stage))
                return;
        }

        string waited = string.Create(CultureInfo.InvariantCulture, $"a task or callback of the run has waited for {Patience.TotalSeconds} s to feed stage '{feed.Stage}'");
        warn(now.IsObserverBehind
            ? $"{waited}, while an observer of the run, such as the callbacks of a tracker, is behind; if only this code can let the observer catch up, it waits forever. Feed the run from outside, or use TryFeedOne"
            : $"{waited}, whose queue is full and which has no free worker; if only this code can make room, it waits forever. Feed the run from outside, use TryFeedOne, or set QueueCapacity of the stage to StageOptions.Unbounded");
    }

    private void End(OwnFeed feed)
    {
        lock (_lock)
            _waiting.Remove(feed);
    }

    private sealed class Wait(OwnFeeds feeds, OwnFeed feed, ITimer? timer) : IDisposable
    {
        public void Dispose()
        {
            feeds.End(feed);
            try
            {
                timer?.Dispose();
            }
            catch (Exception)
            {
                // The timer finds nothing more to examine, and the call has what it waited for.
            }
        }
    }
}

/// <summary>A feed call that waits.</summary>
/// <param name="stage">The name of the stage that it feeds.</param>
/// <param name="since">When it began to wait.</param>
internal sealed class OwnFeed(string stage, long since)
{
    public string Stage { get; } = stage;

    public long Since { get; } = since;
}
