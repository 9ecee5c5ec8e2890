namespace AntFlow.Dataflow;

/// <summary>The workers of an executor: the front of a stage, with calls in place of tasks.</summary>
internal sealed class ExecutorPool : ExecutorIntake
{
    private readonly ExecutorLoop _loop;

    private ExecutorPool(int workers, RunClock clock, Action<Exception> onTimerFault)
        : base(workers, clock, onTimerFault)
    {
        _loop = new ExecutorLoop(this, clock);
    }

    public static ExecutorPool Start(int workers, TimeProvider time)
    {
        ExecutorPool? pool = null;
        var clock = new RunClock(time) { OnFault = error => pool!.Break(error) };
        return pool = new ExecutorPool(workers, clock, error => pool!.Break(error));
    }

    /// <summary>Lets an item wait for its next attempt. False if nothing begins any more.</summary>
    public bool PutAway(Worker worker, Item item, long dueAt)
    {
        bool mayWait;
        using (Section held = Gate.Enter(out _))
        {
            mayWait = !CancelsPending;
            worker.Item = null;
            worker.OwesPlace = !mayWait;
            if (mayWait)
                PutAway(worker, item, dueAt, held);
        }

        if (mayWait)
            ArmTimer();
        return mayWait;
    }

    /// <summary>The item leaves the worker's hands.</summary>
    public void EndItem(Worker worker, Item item)
    {
        worker.Item = null;
        worker.OwesPlace = true;
        Items.Return(item);
    }

    protected override Task<Activation> RunLoopAsync(Activation activation) => _loop.RunAsync(activation);

    protected override void OnHostFault(Exception error) => Break(error);

    protected override bool MayStart(in Section held) => true;

    protected override Outcome OnNext(Worker worker, Item? next, in Section held) => Outcome.None;
}
