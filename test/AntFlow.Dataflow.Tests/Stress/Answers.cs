using System.Collections.Concurrent;
using AntFlow.Dataflow.Shapes;
using AntFlow.Dataflow.TestKit;
using AntFlow.Dataflow.Tests.Stress.Graphs;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>What the user code of a planned pipeline answers where nothing goes wrong, and checks that nothing is asked again that has been answered.</summary>
internal sealed class Answers(Plan plan, Ways ways, Coverage coverage, Action<string> violated)
{
    private readonly ConcurrentDictionary<(int Stage, int Number), int> _looks = new();
    private readonly ConcurrentDictionary<(int Stage, int Number), string> _final = new();

    /// <summary>The value of a task.</summary>
    public static Cargo Work(StagePlan stage, int task, Cargo? input) =>
        input is null ? null! : task + 1 == stage.Limits.Count ? input.Leave(stage.Index) : input with { Task = task + 1 };

    /// <summary>Whether a filter lets an item through.</summary>
    public bool Passes(StagePlan stage, Cargo? input)
    {
        bool passes = ways.Decider.Passes(stage.Index, Bodies.NumberOf(input));
        AnswerFinally(stage, input, passes ? "passes" : "is filtered out");
        return passes;
    }

    /// <summary>The key of an item.</summary>
    public int? KeyOf(StagePlan stage, Cargo? input)
    {
        int number = Bodies.NumberOf(input);
        int? key = ways.Decider.KeyOf(stage.Index, number);
        bool hasRoute = ways.Decider.Decide(stage.Index, number).End == WayEnd.Passed;
        AnswerFinally(stage, input, hasRoute ? "has a route" : "has no route");
        if (key is null)
            coverage.See("Switch.null key");
        return key;
    }

    /// <summary>What a look at an item finds.</summary>
    public Poll<Cargo> Look(StagePlan stage, Cargo? input)
    {
        int number = Bodies.NumberOf(input);
        int look = _looks.AddOrUpdate((stage.Index, number), 1, static (_, count) => count + 1);
        Dice dice = Dice.Of(plan.Seed, 36, stage.Index, number, look);
        if (look <= ways.Decider.LooksBefore(stage.Index, number))
            return dice.OneIn(3) ? Poll.After(TimeSpan.FromMilliseconds(Saw("after", dice.Below(4)))) : Saw("again", Poll.Again);
        bool hasFailed = ways.Decider.HasFailed(stage.Index, number);
        AnswerFinally(stage, input, hasFailed ? "has failed" : "is done");
        return hasFailed ? Poll.Failed(new JobFailedException(number)) : Poll.Done(input is null ? null! : input.Leave(stage.Index));
    }

    private T Saw<T>(string what, T answer)
    {
        coverage.See($"Poll.{what}");
        return answer;
    }

    // An answer counts even if it comes when the time of its attempt is over: then it is asked for again. So does the answer about what has lost its number.
    private void AnswerFinally(StagePlan stage, Cargo? input, string answer)
    {
        coverage.See($"{stage.Shape}.{answer}");
        if (input is null || stage.AttemptTimeoutMs is not null || stage.ItemTimeoutMs is not null)
            return;
        if (!_final.TryAdd((stage.Index, input.Number), answer))
            violated($"{stage.Name} is asked again about item {input.Number}, which {_final[(stage.Index, input.Number)]}.");
    }
}
