using System.Collections.Concurrent;
using AntFlow.Dataflow.Shapes;
using AntFlow.Dataflow.TestKit;
using AntFlow.Dataflow.Tests.Stress.Graphs;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Knows the way of every item of a plan, and checks that none leaves it.</summary>
internal sealed class Ways(Plan plan, Action<string> violated)
{
    private readonly ConcurrentDictionary<int, Way> _ways = new();

    public Decider Decider { get; } = new(plan.Seed, plan.Graph);

    /// <summary>Whether a stage skips an item.</summary>
    public bool Skips(StagePlan stage, int number) => stage.Skips && Dice.Of(plan.Seed, 30, stage.Index, number).OneIn(4);

    public Way Of(int number) => _ways.GetOrAdd(number, static (item, self) => self.Find(item), this);

    /// <summary>What an item is when it enters a stage of its way, or, for the end, when it has passed it.</summary>
    public Cargo Into(int number, int stage) => Of(number).Stages.TakeWhile(at => at != stage).Aggregate(new Cargo(number), (cargo, at) => Changes(plan.Stages[at], number) ? cargo.Leave(at) : cargo);

    /// <summary>Checks what a function of a stage is called with.</summary>
    public void CheckEntry(StagePlan stage, int task, Cargo? input)
    {
        if (input is not null && !(Of(input.Number).Has(stage.Index) && input == Into(input.Number, stage.Index) with { Task = task }))
            violated($"{stage.Name} is called with {input} for task {task}: the way of the item is {Text(input.Number)}.");
    }

    /// <summary>Checks where a result comes from, and with what.</summary>
    public void CheckResult(PipelineResult<Cargo> result)
    {
        int stage = plan.Stages.Single(planned => planned.Name == result.Stage).Index;
        CheckKind(result, stage);
        if (NumberOf(result) is not { } number)
            return;
        Way way = Of(number);
        Cargo expected = Into(number, result.IsSuccess ? plan.Graph.End : stage);
        bool isRight = result.Status switch
        {
            ResultStatus.Succeeded => way.EndsIn(stage, WayEnd.Passed) && result.Value == expected,
            ResultStatus.Filtered => way.EndsIn(stage, WayEnd.FilteredOut),
            _ when result.Error is NoRouteException => way.EndsIn(stage, WayEnd.WithoutRoute),
            _ when result.Error is JobFailedException => way.EndsIn(stage, WayEnd.JobFailed),
            _ => way.Has(stage),
        };
        if (!isRight || (!result.IsSuccess && !Equals(result.StageInput, expected)))
            violated($"The way of item {number} is {Text(number)}, and its result is {result} with {result.Value ?? result.StageInput}.");
    }

    /// <summary>Checks the counts of the links against what the results say, if they say it of every item.</summary>
    public void CheckLinks(IReadOnlyList<PipelineResult<Cargo>> results, PipelineSnapshot last)
    {
        (string, string?)[] links = [.. plan.Graph.Elements.SelectMany(element => plan.Graph.TargetsOf(element.Stage).Select(to => (plan.Stages[element.Stage].Name, NameOf(to))))];
        if (!last.Links.Select(link => (link.From, link.To)).SequenceEqual(links))
            violated($"The links are {string.Join(", ", last.Links)} of {plan.Graph}.");
        if (results.Any(result => NumberOf(result) is null))
            return;
        Dictionary<(string, string?), int> passed = [];
        foreach (PipelineResult<Cargo> result in results)
        {
            int at = plan.Stages.Single(planned => planned.Name == result.Stage).Index;
            IEnumerable<int> walked = Of(NumberOf(result)!.Value).Stages.TakeWhile(stage => stage != at).Append(at);
            walked = result.IsSuccess ? walked.Append(plan.Graph.End) : walked;
            foreach ((int from, int to) in walked.Zip(walked.Skip(1)))
                passed[(NameOf(from)!, NameOf(to))] = passed.GetValueOrDefault((NameOf(from)!, NameOf(to))) + 1;
        }

        foreach (IGrouping<(string, string?), StageLinkSnapshot> link in last.Links.GroupBy(link => (link.From, link.To)))
        {
            if (link.Sum(one => one.Passed) != passed.GetValueOrDefault(link.Key))
                violated($"{passed.GetValueOrDefault(link.Key)} items have gone from {link.Key.Item1} to {link.Key.Item2 ?? "the results"} by their results, and {link.Sum(one => one.Passed)} by the link.");
        }
    }

    /// <summary>Checks that what came over links into a stage, and what was fed there, is what has arrived there.</summary>
    public void CheckFed(IReadOnlyList<PlannedFeeder> feeders, PipelineSnapshot last)
    {
        for (int i = 0; i < last.Stages.Count && !plan.Ignores; i++)
        {
            long came = last.Links.Where(link => link.To == last.Stages[i].Name).Sum(link => link.Passed);
            long fed = feeders.Where((_, feeder) => plan.Feeders[feeder].Stage == i).Sum(feeder => feeder.Accepted ?? 0);
            if (last.Stages[i].Arrived != came + fed)
                violated($"{came} came to {last.Stages[i].Name} over its links and {fed} were fed there, and {last.Stages[i].Arrived} arrived.");
        }
    }

    private void CheckKind(PipelineResult<Cargo> result, int stage)
    {
        Shape shape = plan.Stages[stage].Shape;
        bool isRight = result.Status == ResultStatus.Filtered
            ? shape == Shape.Where && result.Error is ItemFilteredException filtered && filtered.Stage == result.Stage
            : result.Error is not ItemFilteredException;
        if (!isRight || (result.Error is NoRouteException && (shape != Shape.Switch || result.Status != ResultStatus.Failed)))
            violated($"{result} comes from a stage of the kind {shape}: {result.Error}");
    }

    private static int? NumberOf(PipelineResult<Cargo> result) => ((result.IsSuccess ? result.Value : result.StageInput) as Cargo)?.Number;

    private string? NameOf(int stage) => stage == plan.Graph.End ? null : plan.Stages[stage].Name;

    // A filter and a switch pass on what they get.
    private bool Changes(StagePlan stage, int number) => Skips(stage, number) ? stage.SkipsTo : stage.Shape is Shape.Tasks or Shape.Poll;

    private Way Find(int number)
    {
        int entry = plan.Feeders[number / FeederPlan.MostItems].Stage;
        return Way.Of(plan.Graph, entry, stage => Skips(plan.Stages[stage], number) ? default : Decider.Decide(stage, number));
    }

    private string Text(int number) => $"[{string.Join(' ', Of(number).Stages)}] {Of(number).End}";
}
