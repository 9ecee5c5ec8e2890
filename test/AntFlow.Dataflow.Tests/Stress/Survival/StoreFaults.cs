using AntFlow.Dataflow.TestKit;
using AntFlow.Dataflow.Tests.Checkpoints;

namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>What goes wrong with the store: calls that fail before they have done anything, calls that are done and whose answer is lost, writes that take their time.</summary>
internal sealed class StoreFaults(SurvivalPlan plan, TimeProvider time, Coverage coverage)
{
    private const int Before = 1;
    private const int After = 2;

    private int _calls;

    /// <summary>Whether nothing goes wrong any more.</summary>
    public bool AreOver { get; set; }

    public void Trouble(FragileStore store)
    {
        // A run that was not given up would be owned forever.
        store.Before = method => method == nameof(IAsyncDisposable.DisposeAsync) ? null : Draw(method, Before);
        store.After = method => Draw(method, After);
        store.Delay = DelayAsync;
    }

    private Exception? Draw(string method, int when)
    {
        // Some calls are rare: nearly each of them fails, half of them before and half after their work, and is made again.
        bool isRare = method is nameof(ICheckpointRun.ForgetInterruptedAsync) or nameof(ICheckpointRun.FindStepAsync) or nameof(ICheckpointRun.ReadChunksAsync) or nameof(ICheckpointRun.DisposeAsync);
        int percent = plan.StoreFaultPercent == 0 || !isRare ? plan.StoreFaultPercent : when == Before ? 50 : 96;
        int call = Interlocked.Increment(ref _calls);
        if (AreOver || !Dice.Of(plan.Seed, 10, when, call).Percent(percent))
            return null;
        coverage.See($"{method}.fails {(when == Before ? "before" : "after")}");
        return new PlannedException($"call {method} to the store", call);
    }

    private Task DelayAsync(CancellationToken cancellationToken)
    {
        Dice dice = Dice.Of(plan.Seed, 11, Interlocked.Increment(ref _calls));
        return plan.IsStoreSlow && dice.OneIn(3) ? Task.Delay(TimeSpan.FromMilliseconds(dice.Between(1, 20)), time, cancellationToken) : Task.CompletedTask;
    }
}
