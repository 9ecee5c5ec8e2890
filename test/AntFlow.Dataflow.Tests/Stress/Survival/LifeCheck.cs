namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>Checks the outcome of a start.</summary>
internal sealed class LifeCheck(SurvivalPlan plan, SurvivorWays ways, SurvivorBodies bodies, Witness witness, Coverage coverage, Action<string> violated)
{
    private readonly HashSet<int> _succeeded = [];

    /// <summary>Something is as it must not be.</summary>
    public void Violate(string what) => violated(what);

    /// <summary>Checks how a start has ended.</summary>
    public void CheckReport(int number, LifePlan life, PipelineReport<Cargo> report, long? accepted)
    {
        if (report.Fault is { } fault && !MayBreakWith(fault, life))
            violated($"Life {number}: the engine broke: {fault}");
        CheckSums(number, report.Snapshot);
        if (report.Snapshot.Fed != report.Snapshot.Succeeded + report.Snapshot.Failed + report.Snapshot.Canceled + report.Snapshot.Filtered)
            violated($"Life {number}: it is over with items on their way: {report.Snapshot}");
        if (accepted is { } told && !plan.Options.PersistInput && told != report.Snapshot.Fed)
            violated($"Life {number}: the feed calls have had {told} items accepted, and {report.Snapshot.Fed} were.");
        CheckCounts(number, report);
        CheckAttempts(number, life, report);
        if (report.ResumedCount > 0)
            coverage.See("Resumed.items");
        if (report.DuplicateCount > 0)
            coverage.See("Duplicates.ignored");
        if (report.DuplicateCount > (plan.Ignores ? life.Items.Count - life.Items.Distinct().Count() : 0))
            violated($"Life {number}: {report.DuplicateCount} items were ignored.");
        if (report.NotFedCount > 0)
            coverage.See("Resumed.not fed");
    }

    /// <summary>The last snapshot counts what the results say.</summary>
    private void CheckCounts(int number, PipelineReport<Cargo> report)
    {
        foreach (ResultStatus status in Enum.GetValues<ResultStatus>())
        {
            long counted = status switch
            {
                ResultStatus.Succeeded => report.Snapshot.Succeeded,
                ResultStatus.Failed => report.Snapshot.Failed,
                ResultStatus.Filtered => report.Snapshot.Filtered,
                _ => report.Snapshot.Canceled,
            };
            if (counted != report.Results.Count(result => result.Status == status))
                violated($"Life {number}: {counted} items are counted as {status}, and {report.Results.Count(result => result.Status == status)} have such a result.");
        }
    }

    /// <summary>A stop takes no attempts away, and what has failed meanwhile counts.</summary>
    private void CheckAttempts(int number, LifePlan life, PipelineReport<Cargo> report)
    {
        bool isStopped = life.End is LifeEnd.StoppedAfterStage or LifeEnd.StoppedAfterItem or LifeEnd.StoppedInFailures && report.Fault is null;
        HashSet<ItemId> brokenPolicies = [.. report.Errors.Callbacks.Where(callback => callback.Callback == "RetryPolicy").Select(callback => callback.ItemId)];
        foreach (PipelineResult<Cargo> result in report.Results)
        {
            int attempts = plan.Stages.Single(stage => stage.Name == result.Stage).Attempts;
            // What throws before an attempt, such as SkipIf, fails the item at once, be it that an earlier run has made some attempts.
            bool isOfAttempt = result is { Status: ResultStatus.Failed, Error: PlannedException error, Attempts: > 0 } && !error.What.StartsWith("Skip", StringComparison.Ordinal);
            if (isOfAttempt && result.Attempts < attempts && !brokenPolicies.Contains(result.ItemId))
                violated($"Life {number}: item {result.ItemId} has failed in attempt {result.Attempts} of {attempts}: {result.Error}");
            if (!isStopped || plan.StoreFaultPercent > 0 || result is not { Status: ResultStatus.Canceled, Error.InnerException: PlannedException failure })
                continue;
            coverage.See(failure.IsThrottle ? "Stopped.throttled" : "Stopped.after a failed attempt");
            if (witness.RowOf(witness.NumberOf(result.ItemId.ToStoredText()))?.Attempts != result.Attempts)
                violated($"Life {number}: item {result.ItemId} has {result.Attempts} failed attempts, and its row says {witness.RowOf(witness.NumberOf(result.ItemId.ToStoredText()))?.Attempts}.");
        }
    }

    /// <summary>Checks the results of a start that were read or collected.</summary>
    /// <param name="number">The number of the start.</param>
    /// <param name="results">The results.</param>
    /// <param name="fed">How many items were accepted; null if that is not known, or not all results were read.</param>
    public void CheckResults(int number, IReadOnlyList<PipelineResult<Cargo>> results, long? fed)
    {
        if (fed is { } count && count != results.Count)
            violated($"Life {number}: {count} items were accepted, and there are {results.Count} results.");
        if (results.DistinctBy(result => result.Sequence).Count() != results.Count)
            violated($"Life {number}: two results have one sequence number.");
        IEnumerable<PipelineResult<Cargo>> firsts = results.Where(result => result.Error is not DuplicateItemException);
        // An item that room was promised for, and whose id was still undecided when the run was canceled, ends Canceled beside the one that has the id.
        foreach (IGrouping<ItemId, PipelineResult<Cargo>> twice in firsts.GroupBy(result => result.ItemId).Where(group => group.Count() > 1 && group.Count(result => result.Status != ResultStatus.Canceled) != 1))
            violated($"Life {number}: item {twice.Key} has {twice.Count()} results: {string.Join(", ", twice.Select(result => $"{result.Status} in {result.Stage} ({result.Error?.Message})"))}");
        foreach (IGrouping<int, PipelineResult<Cargo>> refused in results.Where(result => result.Error is DuplicateItemException).GroupBy(result => witness.NumberOf(result.ItemId.ToStoredText())))
        {
            int feeds = plan.Lives[number].Items.Count(item => item == refused.Key);
            if (refused.Count() >= feeds || plan.Ignores)
                violated($"Life {number}: item {refused.Key} was fed {feeds} times and refused {refused.Count()} times for its id.");
        }

        foreach (PipelineResult<Cargo> result in results)
            CheckResult(number, witness.NumberOf(result.ItemId.ToStoredText()), result);
    }

    public void CheckSums(int number, PipelineSnapshot now)
    {
        long states = now.Queued + now.Quarantined + now.Limited + now.InProgress + now.Retrying + now.Polling + now.Saving + now.Blocked + now.Succeeded + now.Failed + now.Canceled + now.Filtered;
        if (now.Fed != states)
            violated($"Life {number}: Fed is {now.Fed}, and the states sum up to {states}: {now}");
        if (now.Saving > 0)
            coverage.See("Snapshot.Saving");
        if (now.Polling > 0)
            coverage.See("Snapshot.Polling");
        if (now.Limited > 0)
            coverage.See("Snapshot.Limited");
        if (now.Quarantined > 0)
            coverage.See("Snapshot.Quarantined");
        if (now.StoreFailingSince is not null)
            coverage.See("Snapshot.StoreFailingSince");
        foreach (StageSnapshot stage in now.Stages)
        {
            long parts = stage.Queued + stage.Quarantined + stage.Limited + stage.InProgress + stage.Retrying + stage.Polling + stage.Saving + stage.Completed + stage.Skipped + stage.Failed + stage.Canceled + stage.Filtered;
            if (stage.Saving > plan.Options.MaxSaving)
                violated($"Life {number}: {stage.Name}: {stage.Saving} are being saved, of {plan.Options.MaxSaving}.");
            if (stage.Arrived != parts || stage.Saving < 0)
                violated($"Life {number}: {stage.Name}: {stage.Arrived} arrived, and the states sum up to {parts}: {stage}");
            long left = now.Links.Where(link => link.From == stage.Name).Sum(link => link.Passed);
            long came = now.Links.Where(link => link.To == stage.Name).Sum(link => link.Passed);
            if (left != stage.Completed + stage.Skipped || came > stage.Arrived)
                violated($"Life {number}: {stage.Name}: {came} came and {left} left over its links: {stage}");
        }

        // What had succeeded in an earlier start has passed over no link of this one.
        if (now.Links.Where(link => link.To is null).Sum(link => link.Passed) > now.Succeeded + now.Blocked)
            violated($"Life {number}: more have come to the results over the links than are there: {now}");
    }

    // A run that cannot be opened says so; a killed one has lost its store.
    private static bool MayBreakWith(Exception fault, LifePlan life) =>
        fault is PlannedException or CheckpointException || (fault is LeaseLostException && life.End == LifeEnd.Killed);

    private void CheckResult(int number, int item, PipelineResult<Cargo> result)
    {
        coverage.See(result.Status);
        if (!ways.Fits(item, result))
            violated($"Life {number}: the way of item {item} is {ways.Text(item)}, and its result is {result}: {result.Error}");
        if (result.Status == ResultStatus.Filtered)
            CheckFiltered(number, item);
        if (result.Status == ResultStatus.Succeeded)
        {
            _succeeded.Add(item);
            if ((string)result.Value! != bodies.OutputOf(item))
                violated($"Life {number}: item {item} came out as '{SurvivorBodies.Short(result.Value)}'.");
            if (witness.RowOf(item)?.State != StoredItemState.Succeeded)
                violated($"Life {number}: item {item} has succeeded, and its row says {witness.RowOf(item)?.State}.");
            return;
        }

        if (result.Error is InvalidDataException or StoredFailureException { OriginalType: nameof(InvalidDataException) })
            violated($"Life {number}: what item {item} carried was lost: {result.Error}");
        if (result.Status == ResultStatus.Failed)
            coverage.See($"Failed.{(result.Error is StoredFailureException stored ? $"{stored.OriginalType}, in an earlier life" : result.Error!.GetType().Name)}");
        if (result.Status == ResultStatus.Failed && _succeeded.Contains(item) && result.Error is not (DuplicateItemException or CheckpointException))
            violated($"Life {number}: item {item} had succeeded, and has failed now: {result.Error}");
        if (number == plan.Lives.Count - 1 && (result.Status == ResultStatus.Canceled || result.Error is CheckpointException))
            violated($"Life {number}, the last one: item {item} is {result.Status}: {result.Error}");
        if (result.Status == ResultStatus.Failed && result.Error is StoredFailureException && witness.AtBirth(item)?.State != StoredItemState.Failed)
            violated($"Life {number}: item {item} is said to have failed in an earlier life: {result.Error}");
    }

    private void CheckFiltered(int number, int item)
    {
        // A run that has lost its store may not have it stored: then the next one asks again.
        bool hasStore = plan.Lives[number].End != LifeEnd.Killed && (plan.StoreFaultPercent == 0 || number == plan.Lives.Count - 1);
        if (hasStore && witness.RowOf(item)?.State != StoredItemState.Filtered)
            violated($"Life {number}: item {item} was filtered out, and its row says {witness.RowOf(item)?.State}.");
        if (witness.AtBirth(item)?.State == StoredItemState.Filtered)
            coverage.See("Resumed.filtered out");
    }
}
