namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>Knows what is durable, by the batches that were written, and checks that rows only ever go forward.</summary>
/// <remarks>The lock guards everything.</remarks>
internal sealed class Witness(SurvivalPlan plan, Deaths deaths, Action<string> violated)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _numbers = Enumerable.Range(0, plan.Items).ToDictionary(item => plan.IdOf(item).ToStoredText(), item => item, StringComparer.Ordinal);
    private readonly Dictionary<long, int> _keys = [];
    private readonly Dictionary<int, StoredItem> _rows = [];
    private readonly Dictionary<int, int> _bornIn = [];
    private readonly Dictionary<(int Item, int Stage), DateTimeOffset> _durable = [];
    private readonly HashSet<(int Item, int Stage)> _told = [];
    private readonly HashSet<(int Item, int Stage)> _toldOfFailure = [];
    private Dictionary<int, StoredItem> _atBirth = [];
    private int _life;

    public void BeginLife(int life)
    {
        lock (_lock)
        {
            _life = life;
            _atBirth = new Dictionary<int, StoredItem>(_rows);
        }
    }

    /// <summary>The number of an item by its stored id.</summary>
    public int NumberOf(string storedId) => _numbers[storedId];

    public bool IsDurable(int item, int stage)
    {
        lock (_lock)
            return _durable.ContainsKey((item, stage));
    }

    /// <summary>When a stage ended an item, by the step that was stored; null if none was.</summary>
    public DateTimeOffset? FinishedAt(int item, int stage)
    {
        lock (_lock)
            return _durable.TryGetValue((item, stage), out DateTimeOffset at) ? at : null;
    }

    /// <summary>The row of an item as this start has found it, with what it has counted in the beginning.</summary>
    public StoredItem? AtBirth(int item)
    {
        lock (_lock)
            return _atBirth.GetValueOrDefault(item);
    }

    public StoredItem? RowOf(int item)
    {
        lock (_lock)
            return _rows.GetValueOrDefault(item);
    }

    /// <summary>The start in which the item was first stored; null if that was not an earlier one.</summary>
    public int? BornBefore(int item)
    {
        lock (_lock)
            return _bornIn.TryGetValue(item, out int life) && life < _life ? life : null;
    }

    public void Tell(int item, int stage)
    {
        lock (_lock)
            _told.Add((item, stage));
    }

    public void TellOfFailure(int item, int stage)
    {
        lock (_lock)
            _toldOfFailure.Add((item, stage));
    }

    /// <summary>Everything a stage has not reported.</summary>
    public IReadOnlyList<(int Item, int Stage)> Untold()
    {
        lock (_lock)
            return [.. _durable.Keys.Where(passed => passed.Stage >= plan.EntryStages[passed.Item] && plan.Stages[passed.Stage].OnSuccess && !_told.Contains(passed))];
    }

    public void OnWritten(CheckpointBatch batch)
    {
        using (Lock.Scope held = _lock.EnterScope())
        {
            foreach (StoredItem row in batch.Items)
                See(row, isCount: batch.Description is not null && batch.Onces.Count == 0, held);
            foreach (StoredStep step in batch.Steps)
                _durable[(_keys[step.Item], step.StageIndex)] = step.FinishedAt;
        }
    }

    private void See(StoredItem row, bool isCount, in Lock.Scope held)
    {
        int item = _numbers[row.Id];
        _keys[row.Key] = item;
        if (_rows.TryGetValue(item, out StoredItem? before))
            Compare(item, before, row, held);
        if (isCount)
            CheckCount(item, row, held);
        else if (row.State == StoredItemState.Failed && before?.State != StoredItemState.Failed && plan.Stages[row.StageIndex].OnFailure && !_toldOfFailure.Contains((item, row.StageIndex)))
            violated($"Life {_life}: that item {item} has failed in stage {row.StageIndex} is durable before OnFailure was told.");
        _rows[item] = row;
        if (row.Sequence >= 0)
            _bornIn.TryAdd(item, _life);
    }

    private void Compare(int item, StoredItem before, StoredItem row, in Lock.Scope held)
    {
        if (row.Key != before.Key)
            violated($"Life {_life}: item {item} has got a second row.");
        if (row.StageIndex < before.StageIndex)
            violated($"Life {_life}: item {item} was in stage {before.StageIndex} and goes back to {row.StageIndex}.");
        if (before.State == StoredItemState.Succeeded && row.State != StoredItemState.Succeeded)
            violated($"Life {_life}: item {item} had succeeded and its row says {row.State}.");
        if (before.State == StoredItemState.Filtered && row.State != StoredItemState.Filtered)
            violated($"Life {_life}: item {item} was filtered out and its row says {row.State}.");
        if (before.State == StoredItemState.Failed && row.State != StoredItemState.Failed && !plan.Options.ResumeFailed)
            violated($"Life {_life}: item {item} had failed and its row says {row.State}.");
        if (before.Sequence >= 0 && (row.Priority != before.Priority || !row.Metadata.Span.SequenceEqual(before.Metadata.Span)))
            violated($"Life {_life}: the priority of item {item} was {before.Priority} and is {row.Priority}, or its metadata differ.");
    }

    private void CheckCount(int item, StoredItem row, in Lock.Scope held)
    {
        // The answer of a count may be lost, and then it comes again.
        _atBirth[item] = row;
        if (row.Crashes > deaths.AtMost(item, row.StageIndex))
            violated($"Life {_life}: {row.Crashes} deaths are counted for item {item} in stage {row.StageIndex}; there were at most {deaths.AtMost(item, row.StageIndex)}.");
        if (row.Crashes < deaths.AtLeast(item, row.StageIndex) && !plan.Options.ResumeFailed)
            violated($"Life {_life}: {row.Crashes} deaths are counted for item {item} in stage {row.StageIndex}; there were at least {deaths.AtLeast(item, row.StageIndex)}.");
        if (row.LoneCrashes > deaths.LoneAtMost(item, row.StageIndex))
            violated($"Life {_life}: item {item} was the only suspect at {row.LoneCrashes} crashes in stage {row.StageIndex}, by its row; there were at most {deaths.LoneAtMost(item, row.StageIndex)} of those.");
        if (row.State == StoredItemState.Failed != row.LoneCrashes >= plan.Options.MaxCrashes)
            violated($"Life {_life}: item {item} is {row.State} after {row.LoneCrashes} lone crashes.");
        if (row.State == StoredItemState.Unfinished && row.MaxConcurrentSuspects < 1)
            violated($"Life {_life}: item {item} ran at a crash and is no suspect.");
    }
}
