namespace AntFlow.Dataflow;

/// <summary>Tells several observers, and keeps what one of them throws from everybody else.</summary>
internal sealed class ObserverGroup(IReadOnlyList<RunObserver> observers, Action<string, Exception> report) : RunObserver
{
    private readonly RunObserver[] _observers = [.. observers];

    public override bool IsFull
    {
        get
        {
            foreach (RunObserver observer in _observers)
            {
                if (observer.IsFull)
                    return true;
            }

            return false;
        }
    }

    public override bool HearsTasks => _observers.Any(observer => observer.HearsTasks);

    public override void OnRunStarted(string runId, RunClock clock, IReadOnlyList<string> stages)
    {
        foreach (RunObserver observer in _observers)
            observer.OnRunStarted(runId, clock, stages);
    }

    public override void OnStatus(Item item, in ItemMoment moment)
    {
        foreach (RunObserver observer in _observers)
        {
            try
            {
                observer.OnStatus(item, in moment);
            }
            catch (Exception error)
            {
                report(observer.GetType().Name, error);
            }
        }
    }

    public override void OnTask(Item item, in TaskMoment moment)
    {
        foreach (RunObserver observer in _observers)
        {
            try
            {
                observer.OnTask(item, in moment);
            }
            catch (Exception error)
            {
                report(observer.GetType().Name, error);
            }
        }
    }

    public override async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        foreach (RunObserver observer in _observers)
        {
            if (observer.IsFull)
                await observer.WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override async Task OnRunEndedAsync()
    {
        foreach (RunObserver observer in _observers)
        {
            try
            {
                await observer.OnRunEndedAsync().ConfigureAwait(false);
            }
            catch (Exception error)
            {
                report(observer.GetType().Name, error);
            }
        }
    }
}
