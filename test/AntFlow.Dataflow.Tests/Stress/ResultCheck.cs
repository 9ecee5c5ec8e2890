namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Checks what a run has come to: one result an accepted item, and counts that agree with them.</summary>
internal sealed class ResultCheck(Plan plan, Bodies bodies, Coverage coverage, Action<string> violated)
{
    /// <summary>Checks results of a whole run.</summary>
    public void Check(IReadOnlyList<PipelineResult<Cargo>> results, PipelineSnapshot last, bool areWhole)
    {
        CheckEnd(last);
        CheckEach(results);
        if (!areWhole)
            return;
        Equal("results", results.Count, last.Fed);
        for (int i = 0; i < results.Count; i++)
        {
            if (!results.Any(result => result.Sequence == i))
                violated($"No result has the sequence number {i}.");
        }

        Equal("succeeded", results.Count(result => result.IsSuccess), last.Succeeded);
        foreach (StageSnapshot stage in last.Stages)
        {
            Equal($"{stage.Name} failed", results.Count(r => r.Status == ResultStatus.Failed && r.Stage == stage.Name), stage.Failed);
            Equal($"{stage.Name} canceled", results.Count(r => r.Status == ResultStatus.Canceled && r.Stage == stage.Name), stage.Canceled);
        }

        CheckCalls(results, last);
    }

    public void CheckAccepted(IEnumerable<PlannedFeeder> feeders, PipelineSnapshot last)
    {
        long accepted = 0;
        foreach (PlannedFeeder feeder in feeders)
        {
            accepted += feeder.Accepted ?? 0;
            if (feeder.Loss is { } loss)
                violated(loss);
        }

        Equal("accepted by the feed calls", accepted, last.Fed);
    }

    private void CheckEnd(PipelineSnapshot last)
    {
        long open = last.Queued + last.Held + last.Limited + last.InProgress + last.Retrying + last.Saving + last.Blocked;
        if (open != 0)
            violated($"The run is over with {open} items on their way: {last}");
    }

    private void CheckEach(IReadOnlyList<PipelineResult<Cargo>> results)
    {
        if (results.DistinctBy(result => result.Sequence).Count() != results.Count)
            violated("Two results have one sequence number.");
        if (results.DistinctBy(result => result.ItemId).Count() != results.Count)
            violated("Two results have one id.");
        var numbers = new HashSet<int>();
        foreach (PipelineResult<Cargo> result in results)
        {
            coverage.See(result.Status);
            if (result.WasAbandoned)
                coverage.See("ResultStatus.Abandoned");
            if (result.IsSuccess == HasError(result))
                violated($"The error of {result} does not go with its status.");
            if (!result.IsSuccess && result.StageInput is Cargo input && (input.Task != 0 || input.Stage > plan.Stages.Single(stage => stage.Name == result.Stage).Index))
                violated($"StageInput is {input} of {result}.");
            if (!result.IsSuccess && result.StageInput is null && (plan.FaultPercent == 0 || result.Stage == plan.Stages[0].Name))
                violated($"StageInput is missing in {result}: {result.Error.Message}");
            Cargo? cargo = result.IsSuccess ? result.Value : result.StageInput as Cargo;
            if (cargo is not null && !numbers.Add(cargo.Number))
                violated($"Item {cargo.Number} has two results.");
            if (cargo is not null && result.Metadata.TryGetValue("number", out object? number) && (int)number! != cargo.Number)
                violated($"{result} has the metadata of item {number}.");
        }
    }

    private static bool HasError(PipelineResult<Cargo> result) => result.Error is not null;

    private void CheckCalls(IReadOnlyList<PipelineResult<Cargo>> results, PipelineSnapshot last)
    {
        for (int i = 0; i < last.Stages.Count; i++)
        {
            // An abandoned body may have been about to begin.
            long open = results.Count(result => result.WasAbandoned);
            if (Math.Abs(last.Stages[i].Attempts - bodies.CallsOf(i)) > open)
                violated($"{last.Stages[i].Name}: {last.Stages[i].Attempts} attempts are counted, and {bodies.CallsOf(i)} calls were made.");
        }
    }

    private void Equal(string what, long actual, long expected)
    {
        if (actual != expected)
            violated($"{what}: {actual}, and the last snapshot says {expected}");
    }
}
