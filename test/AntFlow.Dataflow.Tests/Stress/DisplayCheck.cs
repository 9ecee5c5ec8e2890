using AntFlow.Dataflow.TestKit;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Watches a run, misbehaves as the plan says, and checks what it is told: one call at a time, first the start, last the end, and numbers that add up.</summary>
internal sealed class DisplayCheck(Plan plan, SnapshotCheck snapshots, Coverage coverage, Action<string> violated) : IPipelineDisplay, IDisposable
{
    private readonly ManualResetEventSlim _released = new();
    private int _calls;
    private int _inside;
    private int _starts;
    private int _ends;
    private PipelineSnapshot? _last;

    /// <summary>The display of the plan; null if it has none.</summary>
    public static DisplayCheck? Of(Plan plan, SnapshotCheck snapshots, Coverage coverage, Action<string> violated) =>
        plan.Display == DisplayShape.None ? null : new DisplayCheck(plan, snapshots, coverage, violated);

    public void OnStart(IPipelineRun run, long? total) => Call("OnStart", () =>
    {
        if (Interlocked.Increment(ref _starts) != 1)
            violated("A display was started twice.");
        snapshots.CheckSums(run.GetSnapshot());
    });

    public void OnUpdate(PipelineSnapshot snapshot) => Call("OnUpdate", () =>
    {
        if (_starts != 1 || _ends != 0)
            violated("A display was updated before its start or after its end.");
        if (_last is { } last && snapshot.Fed < last.Fed)
            violated("What a display is told went back.");
        _last = snapshot;
        snapshots.CheckSums(snapshot);
        if (plan.Display == DisplayShape.Blocking)
            _released.Wait();
    });

    public void OnFinish(PipelineReport report) => Call("OnFinish", () =>
    {
        if (Interlocked.Increment(ref _ends) != 1 || _starts != 1)
            violated("A display was ended twice, or without a start.");
        if (!ReferenceEquals(_last, report.Snapshot))
            violated("The last update of a display is not the report's.");
    });

    /// <summary>Lets a call go that blocks.</summary>
    public void Dispose() => _released.Set();

    /// <summary>The run is over: the display has heard all, or will. On a clock that is stepped its last calls may have been waited for long enough before they began.</summary>
    public async Task CheckEndAsync()
    {
        if (plan.Clock == Clock.Real && plan.Display != DisplayShape.Blocking && Volatile.Read(ref _ends) != 1)
            violated("A run was over before its display was.");
        _released.Set();
        await Waiting.UntilAsync(() => Volatile.Read(ref _ends) == 1);
    }

    private void Call(string what, Action call)
    {
        if (Interlocked.Increment(ref _inside) != 1)
            violated("A display was called while it was being called.");
        try
        {
            call();
            if (plan.Display == DisplayShape.Throwing && Dice.Of(plan.Seed, 11, ++_calls).OneIn(2))
            {
                coverage.See($"Throws.{what}");
                throw new InvalidOperationException($"{what} threw.");
            }
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }
}
