namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Checks what a run has come to: one result an accepted item, and counts that agree with them.</summary>
internal sealed class ResultCheck(Plan plan, Ways ways, Bodies bodies, Coverage coverage, Action<string> violated)
{
    /// <summary>Checks results of a whole run.</summary>
    public void Check(IReadOnlyList<PipelineResult<Cargo>> results, PipelineSnapshot last, bool areWhole)
    {
        CheckEnd(last);
        CheckEach(results);
        if (last.Duplicates > 0)
            coverage.See($"Duplicates.ignored by {plan.Shape}");
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
            Equal($"{stage.Name} filtered", results.Count(r => r.Status == ResultStatus.Filtered && r.Stage == stage.Name), stage.Filtered);
        }

        ways.CheckLinks(results, last);

        CheckCalls(results, last);
    }

    public void CheckAccepted(IEnumerable<PlannedFeeder> feeders, PipelineSnapshot last)
    {
        long accepted = 0;
        long taken = 0;
        foreach (PlannedFeeder feeder in feeders)
        {
            accepted += feeder.Accepted ?? 0;
            taken += feeder.Taken;
            if (feeder.Loss is { } loss)
                violated(loss);
        }

        if (!plan.Ignores)
        {
            Equal("accepted by the feed calls", accepted, last.Fed);
            Equal("ignored", 0, last.Duplicates);
            return;
        }

        if (last.Fed < accepted || last.Fed > accepted + taken || last.Fed + last.Duplicates < accepted + taken)
            violated($"{accepted} items were accepted by the feed calls, {taken} more accepted or ignored, and the last snapshot says {last.Fed} and {last.Duplicates}.");
    }

    /// <summary>Checks that none was told that it is in the run, or that another one is, without any being there.</summary>
    public void CheckPlaced(IEnumerable<PlannedFeeder> feeders, IReadOnlyList<PipelineResult<Cargo>> results)
    {
        HashSet<ItemId> ended = [.. results.Where(result => result.Error is not DuplicateItemException).Select(result => result.ItemId)];
        foreach (ItemId lost in feeders.SelectMany(feeder => feeder.Placed).Where(id => !ended.Contains(id)))
            violated($"A feed call has returned for {lost}, and there is no result of it.");
    }

    private void CheckEnd(PipelineSnapshot last)
    {
        long open = last.Queued + last.Quarantined + last.Limited + last.InProgress + last.Retrying + last.Polling + last.Saving + last.Blocked;
        if (open != 0)
            violated($"The run is over with {open} items on their way: {last}");
    }

    private void CheckEach(IReadOnlyList<PipelineResult<Cargo>> results)
    {
        if (results.DistinctBy(result => result.Sequence).Count() != results.Count)
            violated("Two results have one sequence number.");
        CheckIds(results);
        var numbers = new HashSet<int>();
        foreach (PipelineResult<Cargo> result in results)
        {
            coverage.See(result.Status);
            if (result.WasAbandoned)
                coverage.See("ResultStatus.Abandoned");
            if (result.Error is AttemptTimeoutException timeout && plan.Stages.Single(stage => stage.Name == result.Stage) is { Poll: not null, ItemTimeoutMs: { } limit } && timeout.Timeout == TimeSpan.FromMilliseconds(limit))
                coverage.See("Poll.timed out");
            if (result.IsSuccess == HasError(result))
                violated($"The error of {result} does not go with its status.");
            ways.CheckResult(result);
            if (!result.IsSuccess && result.StageInput is null && (plan.FaultPercent == 0 || result.Stage == plan.Stages[0].Name))
                violated($"StageInput is missing in {result}: {result.Error?.Message}");
            Cargo? cargo = result.IsSuccess ? result.Value : result.StageInput as Cargo;
            if (cargo is not null && !numbers.Add(cargo.Number))
                violated($"Item {cargo.Number} has two results.");
            if (cargo is not null && result.Metadata.TryGetValue("number", out object? number) && (int)number! != cargo.Number)
                violated($"{result} has the metadata of item {number}.");
        }
    }

    private void CheckIds(IReadOnlyList<PipelineResult<Cargo>> results)
    {
        PipelineResult<Cargo>[] firsts = [.. results.Where(result => result.Error is not DuplicateItemException)];
        if (firsts.DistinctBy(result => result.ItemId).Count() != firsts.Length)
        {
            if (plan is { Repeats: true, DuplicateHandling: null })
                coverage.See("Duplicates.not looked at");
            else
                violated("Two results have one id.");
        }

        foreach (PipelineResult<Cargo> result in results)
        {
            if (result.Error is not DuplicateItemException duplicate)
                continue;
            coverage.See("Duplicates.failed");
            // Of those that were not read to the end the first one may be missing.
            PipelineResult<Cargo>? first = results.FirstOrDefault(other => other.Sequence == duplicate.FirstSequence);
            if (plan is not { Repeats: true, DuplicateHandling: DuplicateHandling.Fail } || duplicate.ItemId != result.ItemId || duplicate.Sequence != result.Sequence || duplicate.FirstSequence < 0)
                violated($"{result} is no duplicate: {duplicate.Message}");
            if (first is not null && (first.ItemId != result.ItemId || first.Error is DuplicateItemException))
                violated($"{first} is not the first one: {duplicate.Message}");
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
