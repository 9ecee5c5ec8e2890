using System.Collections.Concurrent;
using AntFlow.Dataflow.TestKit;
using AntFlow.Dataflow.Tests.Stress.Graphs;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>The user code of a planned pipeline: what every body does at every call follows from the seed.</summary>
internal sealed class Bodies(Plan plan, Ways ways, CallerCheck caller, TimeProvider time, Coverage coverage, Action<string> violated)
{
    private static readonly Fault[] _asyncFaults = [.. Enum.GetValues<Fault>().Where(fault => fault != Fault.None)];
    private static readonly Fault[] _syncFaults = [Fault.Throw, Fault.ThrowForGood, Fault.ThrowCanceled, Fault.NullValue, Fault.Throttle];

    private readonly ConcurrentDictionary<(int, int, int), int> _calls = new();
    private readonly long[] _callsOfStage = new long[plan.Stages.Count];
    private readonly Answers _answers = new(plan, ways, coverage, violated);
    private readonly Allowance[][] _tasks =
        [.. plan.Stages.Select(stage => stage.Limits.Select((limit, task) => new Allowance($"{stage.Name}, task {task}", limit ?? int.MaxValue, violated)).ToArray())];

    public Allowance[] Stages { get; } = [.. plan.Stages.Select(stage => new Allowance(stage.Name, stage.Workers, violated))];

    public Milestones Begun { get; } = new();

    public long CallsOf(int stage) => Volatile.Read(ref _callsOfStage[stage]);

    public int TotalCalls => (int)_callsOfStage.Sum();

    /// <summary>The body of a task that returns a value, or the function of another stage that does.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="task">The number of the task.</param>
    /// <param name="input">What it is called with.</param>
    /// <param name="answer">What it answers, if nothing goes wrong.</param>
    public T Call<T>(StagePlan stage, int task, Cargo? input, Func<Answers, Cargo?, T> answer)
    {
        Begin(stage, task, input);
        try
        {
            Dice dice = DiceOf(stage, task, input);
            return Outcome(stage, input, Draw(dice, _syncFaults, stage), answer);
        }
        finally
        {
            End(stage, task);
        }
    }

    /// <summary>The same of a body or function that returns a task.</summary>
    public Task<T> CallAsync<T>(StagePlan stage, int task, Cargo? input, Func<Answers, Cargo?, T> answer, CancellationToken cancellationToken)
    {
        Begin(stage, task, input);
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
                return Task.FromCanceled<T>(new CancellationToken(canceled: true));
            case Fault.Throw when dice.OneIn(2):
                End(stage, task);
                throw new PlannedException("fault", NumberOf(input));
            default:
                return WorkAsync(stage, task, input, dice, fault, answer, cancellationToken);
        }
    }

    public static int NumberOf(Cargo? cargo) => cargo?.Number ?? -1;

    private async Task<T> WorkAsync<T>(StagePlan stage, int task, Cargo? input, Dice dice, Fault fault, Func<Answers, Cargo?, T> answer, CancellationToken cancellationToken)
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
            return Outcome(stage, input, fault, answer);
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

    private T Outcome<T>(StagePlan stage, Cargo? input, Fault fault, Func<Answers, Cargo?, T> answer)
    {
        // Only a task of a stage of tasks has a value that may be missing.
        if (fault == Fault.NullValue && stage.Shape == Shape.Tasks)
            return default!;
        return fault switch
        {
            Fault.Throw or Fault.NullValue => throw new PlannedException("fault", NumberOf(input)),
            Fault.ThrowForGood => throw new NotSupportedException("for good"),
            Fault.ThrowCanceled => throw new OperationCanceledException("of its own"),
            Fault.Throttle => throw new PlannedException("throttled", NumberOf(input), isThrottle: true),
            _ => answer(_answers, input),
        };
    }

    private Fault Draw(Dice dice, Fault[] faults, StagePlan stage)
    {
        Fault fault = dice.Percent(plan.FaultPercent) ? dice.Pick(faults) : Fault.None;
        if (fault == Fault.TimeOut && stage.AttemptTimeoutMs is null && stage.ItemTimeoutMs is null)
            fault = Fault.Throw;
        if (fault == Fault.Throttle && !stage.HasThrottle)
            fault = Fault.Throw;
        coverage.See(fault);
        if (fault != Fault.None)
            coverage.See($"Fault in {stage.Shape}.{fault}");
        return fault;
    }

    private Dice DiceOf(StagePlan stage, int task, Cargo? input)
    {
        int number = NumberOf(input);
        int call = _calls.AddOrUpdate((number, stage.Index, task), 1, static (_, count) => count + 1);
        // Throttling without end would be no test of anything.
        return Dice.Of(plan.Seed, 1, number, stage.Index, task, call);
    }

    private void Begin(StagePlan stage, int task, Cargo? input)
    {
        caller.Begin(stage.Name);
        Interlocked.Increment(ref _callsOfStage[stage.Index]);
        Stages[stage.Index].Enter();
        _tasks[stage.Index][task].Enter();
        ways.CheckEntry(stage, task, input);
        Begun.Add();
    }

    private void End(StagePlan stage, int task)
    {
        _tasks[stage.Index][task].Exit();
        Stages[stage.Index].Exit();
    }
}
