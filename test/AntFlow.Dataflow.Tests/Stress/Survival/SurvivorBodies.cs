using System.Collections.Concurrent;
using System.Globalization;
using AntFlow.Dataflow.Shapes;
using AntFlow.Dataflow.TestKit;
using AntFlow.Dataflow.Tests.Stress.Graphs;

namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>The user code of all starts: what it does at every call follows from the seed.</summary>
internal sealed class SurvivorBodies(SurvivalPlan plan, SurvivorWays ways, Beginnings beginnings, Provider provider, Witness witness, TimeProvider time, Coverage coverage, Action<string> violated)
{
    private static readonly Deed[] _faults = [.. Enum.GetValues<Deed>().Where(deed => deed >= Deed.IgnoreToken)];

    private readonly ConcurrentDictionary<(int Item, int Stage, int What), int> _calls = new();
    private readonly ConcurrentDictionary<(int Item, int Stage), int> _looks = new();
    private int _life;

    public void BeginLife(int life) => _life = life;

    /// <summary>What an item is fed as.</summary>
    public string InputOf(int item) => Make(item, stage: -1, passed: string.Empty);

    /// <summary>What comes out of all stages of the item's way.</summary>
    public string OutputOf(int item) => ValueInto(item, plan.Graph.End);

    /// <summary>What comes into a stage of the item's way.</summary>
    private string ValueInto(int item, int stage) => ways.Of(item).Stages.TakeWhile(at => at != stage).Select(at => plan.Stages[at]).Aggregate(InputOf(item), Pass);

    public static int NumberOf(string value) => int.Parse(value.AsSpan(0, value.IndexOf(':', StringComparison.Ordinal)), CultureInfo.InvariantCulture);

    /// <summary>The body of a task.</summary>
    public Task<string> WorkAsync(string value, SurvivorStage stage, int task, StageContext context) =>
        CallAsync(value, stage, task, context, _ => task + 1 == stage.Limits.Count ? Pass(value, stage) : value);

    /// <summary>Whether a filter lets an item through.</summary>
    public Task<bool> PassesAsync(string value, SurvivorStage stage, StageContext context) => CallAsync(value, stage, task: 0, context, item => ways.Decider.Passes(stage.Index, item));

    /// <summary>The key of an item.</summary>
    public Task<int?> KeyOfAsync(string value, SurvivorStage stage, StageContext context) => CallAsync(value, stage, task: 0, context, item => ways.Decider.KeyOf(stage.Index, item));

    /// <summary>What a look at an item finds: the looks of all starts count.</summary>
    public Task<Poll<Cargo>> LookAsync(string value, SurvivorStage stage, StageContext context) => CallAsync<Poll<Cargo>>(value, stage, task: 0, context, item =>
    {
        int look = _looks.AddOrUpdate((item, stage.Index), 1, static (_, count) => count + 1);
        if (look <= ways.Decider.LooksBefore(stage.Index, item))
            return Dice.Of(plan.Seed, 36, stage.Index, item, look).OneIn(3) ? Poll.After(TimeSpan.FromMilliseconds(Saw("after", look * 7))) : Saw("again", Poll.Again);
        return ways.Decider.HasFailed(stage.Index, item) ? Poll.Failed(new JobFailedException(item)) : Poll.Done<Cargo>(Pass(value, stage));
    });

    private T Saw<T>(string what, T answer)
    {
        coverage.See($"Poll.{what}");
        return answer;
    }

    private async Task<T> CallAsync<T>(string value, SurvivorStage stage, int task, StageContext context, Func<int, T> answer)
    {
        int item = NumberOf(value);
        if (value != ValueInto(item, stage.Index))
            violated($"Life {_life}: item {item} comes into {stage.Name} as '{Short(value)}', and its way is {ways.Text(item)}.");
        beginnings.Enter(item, stage, task, context);
        try
        {
            Dice dice = DiceOf(item, stage, task);
            Deed deed = Draw(dice, stage);
            if (stage.Once != OnceShape.Nothing && task == 0)
                await provider.UseAsync(item, stage, deed, dice, context);
            await DoAsync(item, stage, deed, dice, context.CancellationToken);
            return answer(item);
        }
        finally
        {
            beginnings.Exit(item, stage, task);
        }
    }

    public bool SkipIf(string value, SurvivorStage stage)
    {
        int item = NumberOf(value);
        ThrowSometimes("SkipIf", item, stage);
        return SurvivorWays.Skips(stage, item);
    }

    public string SkipTo(string value, SurvivorStage stage)
    {
        ThrowSometimes("SkipTo", NumberOf(value), stage);
        coverage.See("Function.skipped");
        return Pass(value, stage);
    }

    public bool Answer(string function, SurvivorStage stage, Exception error, bool answer)
    {
        ThrowSometimes(function, error.Message.Length, stage);
        return answer;
    }

    public async ValueTask TellSuccessAsync(string input, string value, SurvivorStage stage)
    {
        int item = NumberOf(value);
        if (!witness.IsDurable(item, stage.Index))
            violated($"Life {_life}: OnSuccess of {stage.Name} is told of item {item} before that is durable.");
        if (input is not null && value != Pass(input, stage))
            violated($"Life {_life}: OnSuccess of {stage.Name} is told that item {item} came as '{Short(input)}' and went as '{Short(value)}'.");
        coverage.See("Callback.OnSuccess");
        await PauseAsync(DiceOf(item, stage, 20));
        witness.Tell(item, stage.Index);
        ThrowSometimes("OnSuccess", item, stage);
    }

    public async ValueTask TellFailureAsync(string input, SurvivorStage stage)
    {
        int item = NumberOf(input);
        coverage.See("Callback.OnFailure");
        await PauseAsync(DiceOf(item, stage, 21));
        witness.TellOfFailure(item, stage.Index);
        ThrowSometimes("OnFailure", item, stage);
    }

    public static string Short(string? value) => value is null ? "nothing" : value.Replace("xxx", string.Empty, StringComparison.Ordinal);

    private string Pass(string value, SurvivorStage stage)
    {
        // They pass on what they get.
        if (stage.Shape is Shape.Where or Shape.Switch)
            return value;
        int passed = value.IndexOf('-', StringComparison.Ordinal);
        return Make(NumberOf(value), stage.Index, $"{(passed < 0 ? string.Empty : value[passed..])}-{stage.Name}");
    }

    private string Make(int item, int stage, string passed)
    {
        int padding = plan.AreValuesLarge ? Dice.Of(plan.Seed, 18, item, stage).Pick(0, 0, 300_000, 900_000) : 0;
        return string.Create(CultureInfo.InvariantCulture, $"{item}:{new string('x', padding)}{passed}");
    }

    private async Task DoAsync(int item, SurvivorStage stage, Deed deed, Dice dice, CancellationToken cancellationToken)
    {
        switch (deed)
        {
            case Deed.Yield:
                await Task.Yield();
                break;
            case Deed.Sleep:
                await Task.Delay(TimeSpan.FromMilliseconds(dice.Between(1, 5)), time, cancellationToken);
                break;
            case Deed.IgnoreToken:
                await Task.Delay(TimeSpan.FromMilliseconds(dice.Between(1, 15)), time, CancellationToken.None);
                break;
            case Deed.TimeOut:
                await Task.Delay(TimeSpan.FromMilliseconds((stage.AttemptTimeoutMs ?? stage.ItemTimeoutMs)!.Value), time, cancellationToken);
                break;
            case Deed.Throw or Deed.LoseTheAnswer:
                await AboutToFailAsync(dice);
                throw new PlannedException("fault", item);
            case Deed.ThrowForGood:
                throw new NotSupportedException("for good");
            case Deed.ThrowCanceled:
                throw new OperationCanceledException("of its own");
            case Deed.Throttle:
                await AboutToFailAsync(dice);
                throw new PlannedException("throttled", item, isThrottle: true);
        }
    }

    // Long enough for a stop to come in between.
    private async Task AboutToFailAsync(Dice dice)
    {
        beginnings.Failing.Add();
        for (int turns = dice.Pick(0, 3, 30); turns > 0; turns--)
            await Task.Yield();
    }

    private Deed Draw(Dice dice, SurvivorStage stage)
    {
        Deed deed = dice.Percent(plan.FaultPercent) ? dice.Pick(_faults) : dice.Pick(Deed.Return, Deed.Yield, Deed.Sleep);
        if (deed == Deed.TimeOut && !stage.HasTimeout)
            deed = Deed.Throw;
        coverage.See(deed);
        return deed;
    }

    private Task PauseAsync(Dice dice) =>
        dice.OneIn(4) ? Task.CompletedTask : Task.Delay(TimeSpan.FromMilliseconds(dice.Between(1, 40)), time, CancellationToken.None);

    private Dice DiceOf(int item, SurvivorStage stage, int what) =>
        Dice.Of(plan.Seed, 12, item, stage.Index, what, _calls.AddOrUpdate((item, stage.Index, what), 1, static (_, count) => count + 1));

    private void ThrowSometimes(string function, int about, SurvivorStage stage)
    {
        if (!Dice.Of(plan.Seed, 13, about, stage.Index, function.Length, function[^1], _life).Percent(plan.FaultPercent / 3))
            return;
        coverage.See("Throws." + function);
        throw new PlannedException(function, about);
    }
}
