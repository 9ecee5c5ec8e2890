using AntFlow.Dataflow.TestKit;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>The user code beside the bodies: predicates, policies, callbacks, ids. All of it may throw.</summary>
internal sealed class Functions(Plan plan, Ways ways, CallerCheck caller, TimeProvider time, Coverage coverage)
{
    public RetryPolicy PolicyOf(StagePlan stage)
    {
        RetryPolicy policy = Dice.Of(plan.Seed, 2, stage.Index).OneIn(2)
            ? RetryPolicy.Fixed(stage.Attempts, TimeSpan.FromMilliseconds(1))
            : RetryPolicy.Exponential(stage.Attempts, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(3));
        policy = policy with { ShouldRetry = error => Answer("ShouldRetry", stage, error, error is not NotSupportedException) };
        if (stage.HasDelayFor)
            policy = policy with { DelayFor = (error, attempt) => Answer<TimeSpan?>("DelayFor", stage, error, (attempt % 3) switch { 0 => null, 1 => TimeSpan.Zero, _ => TimeSpan.FromSeconds(-1) }) };
        if (stage.HasThrottle)
            policy = policy with { IsThrottle = error => Answer("IsThrottle", stage, error, error is PlannedException { IsThrottle: true }), ThrottleTimeout = TimeSpan.FromMilliseconds(5) };
        return policy;
    }

    public bool SkipIf(StagePlan stage, Cargo? input)
    {
        caller.Check("SkipIf");
        Dice dice = Dice.Of(plan.Seed, 3, stage.Index, Bodies.NumberOf(input));
        // A predicate has no token: while it works, a run may be canceled and give the item up.
        if (dice.Percent(plan.SlowPercent))
            Thread.SpinWait(dice.Below(20_000));
        ThrowSometimes(dice, "SkipIf", Bodies.NumberOf(input));
        return Saw("skipped", ways.Skips(stage, Bodies.NumberOf(input)));
    }

    public Cargo SkipTo(StagePlan stage, Cargo? input)
    {
        ThrowSometimes(Dice.Of(plan.Seed, 4, stage.Index, Bodies.NumberOf(input)), "SkipTo", Bodies.NumberOf(input));
        return input is null ? null! : input.Leave(stage.Index);
    }

    public ItemId Identify(Cargo input)
    {
        caller.Begin("IdentifyBy");
        Dice dice = Dice.Of(plan.Seed, 5, input.Number);
        ThrowSometimes(dice, "IdentifyBy", input.Number);
        return Saw("IdentifyBy gave nothing", dice.OneIn(50)) ? default : new ItemId(plan.NameOf(input.Number));
    }

    public async ValueTask CallBackAsync(string callback, StagePlan stage, Cargo? input)
    {
        Dice dice = Dice.Of(plan.Seed, 6, stage.Index, Bodies.NumberOf(input));
        caller.Begin(callback);
        coverage.See("Callback." + callback);
        if (dice.OneIn(3))
            await Task.Delay(TimeSpan.FromMilliseconds(dice.Between(0, 2)), time, CancellationToken.None);
        ThrowSometimes(dice, callback, Bodies.NumberOf(input));
    }

    public async ValueTask TrackAsync(StatusEvent e, CancellationToken cancellationToken)
    {
        caller.Begin("OnStatusChange");
        Dice dice = Dice.Of(plan.Seed, 7, e.ItemId.GetHashCode(), (int)e.Status);
        if (dice.OneIn(10))
            await Task.Delay(TimeSpan.FromMilliseconds(1), time, cancellationToken);
        ThrowSometimes(dice, "OnStatusChange", 0);
    }

    private T Answer<T>(string function, StagePlan stage, Exception error, T answer)
    {
        caller.Check(function);
        int number = error is PlannedException planned ? planned.Number : error.Message.Length;
        ThrowSometimes(Dice.Of(plan.Seed, 8, stage.Index, number, function.Length), function, number);
        return answer;
    }

    private bool Saw(string what, bool happened)
    {
        if (happened)
            coverage.See("Function." + what);
        return happened;
    }

    private void ThrowSometimes(Dice dice, string function, int number)
    {
        if (!dice.Percent(plan.FaultPercent / 2))
            return;
        coverage.See("Throws." + function);
        throw new PlannedException(function, number);
    }
}
