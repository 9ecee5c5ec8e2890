using System.Collections.Concurrent;
using AntFlow.Dataflow.TestKit;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>The user code of a planned pipeline: what every body does at every call follows from the seed.</summary>
internal sealed class Bodies(Plan plan, CallerCheck caller, TimeProvider time, Coverage coverage, Action<string> violated)
{
    private static readonly Fault[] _asyncFaults = [.. Enum.GetValues<Fault>().Where(fault => fault != Fault.None)];
    private static readonly Fault[] _syncFaults = [Fault.Throw, Fault.ThrowForGood, Fault.ThrowCanceled, Fault.NullValue, Fault.Throttle];

    private readonly ConcurrentDictionary<(int, int, int), int> _calls = new();
    private readonly long[] _callsOfStage = new long[plan.Stages.Count];
    private readonly Allowance[][] _tasks =
        [.. plan.Stages.Select(stage => stage.Limits.Select((limit, task) => new Allowance($"{stage.Name}, task {task}", limit ?? int.MaxValue, violated)).ToArray())];

    public Allowance[] Stages { get; } = [.. plan.Stages.Select(stage => new Allowance(stage.Name, stage.Workers, violated))];

    public Milestones Begun { get; } = new();

    public long CallsOf(int stage) => Volatile.Read(ref _callsOfStage[stage]);

    public int TotalCalls => (int)_callsOfStage.Sum();

    /// <summary>The body of a task that returns a task.</summary>
    public Task<Cargo> CallAsync(StagePlan stage, int task, Cargo? input, CancellationToken cancellationToken)
    {
        Begin(stage, task);
        Dice dice = DiceOf(stage, task, input);
        Fault fault = Draw(dice, _asyncFaults, stage);
        switch (fault)
        {
            case Fault.NullTask:
                End(stage, task);
#pragma warning disable VSTHRD114 // It is what is wrong with this body.
                return null!;
#pragma warning restore VSTHRD114
            case Fault.CanceledTask:
                End(stage, task);
                return Task.FromCanceled<Cargo>(new CancellationToken(canceled: true));
            case Fault.Throw when dice.OneIn(2):
                End(stage, task);
                throw new PlannedException("fault", NumberOf(input));
            default:
                return WorkAsync(stage, task, input, dice, fault, cancellationToken);
        }
    }

    /// <summary>The body of a task that returns a value.</summary>
    public Cargo Call(StagePlan stage, int task, Cargo? input)
    {
        Begin(stage, task);
        try
        {
            Dice dice = DiceOf(stage, task, input);
            return Outcome(stage, task, input, Draw(dice, _syncFaults, stage));
        }
        finally
        {
            End(stage, task);
        }
    }

    public static int NumberOf(Cargo? cargo) => cargo?.Number ?? -1;

    private async Task<Cargo> WorkAsync(StagePlan stage, int task, Cargo? input, Dice dice, Fault fault, CancellationToken cancellationToken)
    {
        try
        {
            if (fault == Fault.ThrowInRegistration)
                cancellationToken.Register(() => throw new PlannedException("registration", NumberOf(input)));
            if (dice.Percent(plan.SlowPercent))
                await PauseAsync(dice, cancellationToken);
            if (fault == Fault.TimeOut)
                await Task.Delay(TimeSpan.FromMilliseconds(stage.AttemptTimeoutMs ?? stage.ItemTimeoutMs ?? 2), time, cancellationToken);
            if (fault == Fault.IgnoreToken)
                await Task.Delay(TimeSpan.FromMilliseconds(dice.Between(1, 6)), time, CancellationToken.None);
            return Outcome(stage, task, input, fault);
        }
        finally
        {
            End(stage, task);
        }
    }

    private async Task PauseAsync(Dice dice, CancellationToken cancellationToken)
    {
        if (dice.OneIn(2))
            await Task.Yield();
        else
            await Task.Delay(TimeSpan.FromMilliseconds(dice.Between(0, 3)), time, cancellationToken);
    }

    private static Cargo Outcome(StagePlan stage, int task, Cargo? input, Fault fault) => fault switch
    {
        Fault.Throw => throw new PlannedException("fault", NumberOf(input)),
        Fault.ThrowForGood => throw new NotSupportedException("for good"),
        Fault.ThrowCanceled => throw new OperationCanceledException("of its own"),
        Fault.Throttle => throw new PlannedException("throttled", NumberOf(input), isThrottle: true),
        Fault.NullValue => null!,
        _ when input is null => null!,
        _ => task + 1 == stage.Limits.Count ? input with { Stage = stage.Index + 1, Task = 0 } : input with { Task = task + 1 },
    };

    private Fault Draw(Dice dice, Fault[] faults, StagePlan stage)
    {
        Fault fault = dice.Percent(plan.FaultPercent) ? dice.Pick(faults) : Fault.None;
        if (fault == Fault.TimeOut && stage.AttemptTimeoutMs is null && stage.ItemTimeoutMs is null)
            fault = Fault.Throw;
        if (fault == Fault.Throttle && !stage.HasThrottle)
            fault = Fault.Throw;
        coverage.See(fault);
        return fault;
    }

    private Dice DiceOf(StagePlan stage, int task, Cargo? input)
    {
        int number = NumberOf(input);
        int call = _calls.AddOrUpdate((number, stage.Index, task), 1, static (_, count) => count + 1);
        // Throttling without end would be no test of anything.
        return Dice.Of(plan.Seed, 1, number, stage.Index, task, call);
    }

    private void Begin(StagePlan stage, int task)
    {
        caller.Begin(stage.Name);
        Interlocked.Increment(ref _callsOfStage[stage.Index]);
        Stages[stage.Index].Enter();
        _tasks[stage.Index][task].Enter();
        Begun.Add();
    }

    private void End(StagePlan stage, int task)
    {
        _tasks[stage.Index][task].Exit();
        Stages[stage.Index].Exit();
    }
}
