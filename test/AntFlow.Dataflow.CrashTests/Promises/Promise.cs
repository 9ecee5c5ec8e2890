using AntFlow.Dataflow.CrashTests.Lives;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.CrashTests.Promises;

/// <summary>What is promised of a run however often its process dies.</summary>
internal static class Promise
{
    private const int Stages = 4;

    // The default of CheckpointOptions.
    private const int MaxCrashes = 3;

    /// <summary>Throws if one is broken, and says which.</summary>
    /// <param name="story">What has happened.</param>
    /// <param name="failed">The item that fails; null for none.</param>
    public static void Check(Story story, string? failed = null)
    {
        IReadOnlyList<string> faults = FindFaults(story, failed);
        if (faults.Count == 0)
            return;
        foreach (Life life in story.Lives)
            TestContext.Out.WriteLine($"{life}");
        faults.ShouldBeEmpty();
    }

    /// <summary>What was broken, a sentence each.</summary>
    public static IReadOnlyList<string> FindFaults(Story story, string? failed = null)
    {
        var reader = new StoryReader(story);
        reader.Read();
        HashSet<string> lost = [.. FindFailedByCrashes(story).Append(failed).OfType<string>()];
        return
        [
            .. reader.Faults,
            .. reader.Steps.SelectMany(step => FindRepetitions(step.Key, step.Value)),
            .. story.Ids.Where(id => !lost.Contains(id)).SelectMany(id => FindMissing(reader, id)),
            .. FindWrongCreations(story, lost),
            .. story.Lives.SelectMany(FindResultsGivenTwice),
            .. FindWrongResults(story, lost),
            .. FindFailedByCrashes(story).SelectMany(id => FindTooFewCrashes(reader, id)),
        ];
    }

    /// <summary>The items that are Failed because the process crashed while they ran.</summary>
    public static IReadOnlyList<string> FindFailedByCrashes(Story story) =>
        [.. story.Lives[^1].All("result").Where(line => line.Details[1] == "Failed" && line.Details[2].Contains("MaxCrashes", StringComparison.Ordinal)).Select(line => line.Item).Distinct()];

    /// <summary>An item may only be Failed by crashes if it may have been the only suspect at three of them, in one stage.</summary>
    private static IEnumerable<string> FindTooFewCrashes(StoryReader reader, string id)
    {
        int lone = Enumerable.Range(0, Stages).Max(stage => reader.Of((id, stage)).PossibleLoneCrashes);
        if (lone < MaxCrashes)
            yield return $"{id} is Failed, and was the only suspect at {lone} crashes at most";
    }

    /// <summary>How many bodies ran again, and how many may have.</summary>
    public static (int Repeated, int Most) CountRepetitions(Story story)
    {
        var reader = new StoryReader(story);
        reader.Read();
        return (reader.Steps.Values.Sum(step => Math.Max(0, step.Begun - step.Failed - 1)), reader.Steps.Values.Sum(step => step.Interrupted));
    }

    private static IEnumerable<string> FindRepetitions((string Item, int Stage) of, StepHistory step)
    {
        if (step.Begun > 1 + step.Failed + step.Interrupted)
            yield return $"{of.Item} began {step.Begun} times in stage {of.Stage}, failed {step.Failed} times there, and was interrupted {step.Interrupted} times";
    }

    private static IEnumerable<string> FindMissing(StoryReader reader, string id)
    {
        for (int stage = 0; stage < Stages; stage++)
        {
            StepHistory step = reader.Of((id, stage));
            if (step is { IsDurable: false, MayBeDurable: false })
                yield return $"{id} was never finished in stage {stage}";
            if (stage > 0 && !step.IsNotified)
                yield return $"OnSuccess of stage {stage} was never told of {id}";
        }
    }

    private static IEnumerable<string> FindWrongCreations(Story story, HashSet<string> lost) =>
        story.Ids.Select(id => (Id: id, Count: story.Made.Count(line => line.Details[1] == id)))
            .Where(made => made.Count > 1 || (made.Count == 0 && !lost.Contains(made.Id)))
            .Select(made => $"the provider has made {made.Count} things for {made.Id}");

    private static IEnumerable<string> FindResultsGivenTwice(Life life) =>
        life.All("result").GroupBy(line => line.Item).Where(results => results.Count() > 1).Select(results => $"life {life.Number}: {results.Key} has {results.Count()} results");

    private static IEnumerable<string> FindWrongResults(Story story, HashSet<string> lost)
    {
        Life last = story.Lives[^1];
        var results = last.All("result").ToLookup(line => line.Item);
        foreach (string id in story.Ids)
        {
            LedgerLine? result = results[id].FirstOrDefault();
            if (result is null)
                yield return $"{id} has no result";
            else if (lost.Contains(id) ? result.Details[1] != "Failed" : result.Details[1] != "Succeeded" || result.Details[2] != ValueOf(story, id))
                yield return $"the result is wrong: {result}";
        }

        // All was done before: nothing is left but to give the results.
        foreach (LedgerLine line in last.All("begin"))
            yield return $"life {last.Number}, after all was done: '{line}'";
    }

    private static string ValueOf(Story story, string id) => $"{id[2..]}:{story.Made.FirstOrDefault(line => line.Details[1] == id)?.Details[2]}:passed:saved";
}
