using System.Collections.Concurrent;

namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>Checks at the begin of a body that it may begin: after what is durable, with what was stored, and not too often.</summary>
internal sealed class Beginnings(SurvivalPlan plan, SurvivorWays ways, Witness witness, Deaths deaths, TimeProvider time, Coverage coverage, Action<string> violated)
{
    private readonly ConcurrentDictionary<(int Item, int Stage, int Task), bool> _begun = new();
    private readonly Allowance[] _stages = [.. plan.Stages.Select(stage => new Allowance(stage.Name, stage.Workers, violated))];
    private readonly Allowance[][] _tasks = [.. plan.Stages.Select(stage => stage.Limits.Select((limit, task) => new Allowance($"{stage.Name}, task {task}", limit ?? int.MaxValue, violated)).ToArray())];
    private readonly ConcurrentDictionary<(int Item, int Stage), int> _looked = new();
    private readonly Dictionary<int, int> _suspects = [];
    private int _life;
    private DateTimeOffset _beganAt;

    public Milestones Begun { get; private set; } = new();

    /// <summary>Bodies that are about to fail.</summary>
    public Milestones Failing { get; private set; } = new();

    public void BeginLife(int life)
    {
        _life = life;
        _beganAt = time.GetUtcNow();
        _begun.Clear();
        lock (_suspects)
            _suspects.Clear();
        Begun = new Milestones();
        Failing = new Milestones();
    }

    /// <summary>A stage is about to get another number of workers.</summary>
    public void Allow(int stage, int workers)
    {
        // A lower limit counts once the workers are fewer, which is not reported: only the highest one does.
        if (workers > _stages[stage].Highest)
            _stages[stage].BeginChange(workers);
    }

    /// <summary>A body begins.</summary>
    public void Enter(int item, SurvivorStage stage, int task, StageContext context)
    {
        StoredItem? row = witness.AtBirth(item);
        CheckOrder(item, stage, row);
        CheckMetadata(item, context);
        bool isFirst = _begun.TryAdd((item, stage.Index, task), true);
        if (isFirst && row is not null)
            SeeResumed(item, stage, row);
        if (isFirst && (task == 0 || stage.Scope == RetryScope.Task))
            CheckAttempt(item, stage, task, context.Attempt, row);
        if (context.Attempt > stage.Attempts)
            violated($"Life {_life}: item {item} is in attempt {context.Attempt} in {stage}.");
        // A look after the first one is not noted in the store, unless the item is a suspect.
        deaths.Enter(item, stage.Index, isNoted: stage.Poll is null || isFirst || IsSuspect(item, stage.Index));
        if (stage.Poll is not null && isFirst)
            CheckFirstLook(item, stage, row);
        _stages[stage.Index].Enter();
        _tasks[stage.Index][task].Enter();
        if (IsSuspect(item, stage.Index))
            EnterSuspect(item, row!.MaxConcurrentSuspects);
        Begun.Add();
    }

    public void Exit(int item, SurvivorStage stage, int task)
    {
        lock (_suspects)
            _suspects.Remove(item);
        _tasks[stage.Index][task].Exit();
        _stages[stage.Index].Exit();
        deaths.Exit(item, stage.Index);
    }

    /// <summary>Whether an item is a suspect in a stage, as this start has found it.</summary>
    public bool IsSuspect(int item, int stage) => witness.AtBirth(item) is { State: StoredItemState.Unfinished, MaxConcurrentSuspects: > 0 } row && row.StageIndex == stage;

    private void EnterSuspect(int item, int width)
    {
        lock (_suspects)
        {
            _suspects[item] = width;
            coverage.See(_suspects.Count == 1 ? "Suspects.ran" : "Suspects.ran together");
            if (_suspects.Count > _suspects.Values.Min())
                violated($"Life {_life}: {_suspects.Count} suspects run, and one of them may only run with {_suspects.Values.Min() - 1} others.");
        }
    }

    private void CheckOrder(int item, SurvivorStage stage, StoredItem? row)
    {
        if (witness.IsDurable(item, stage.Index))
            violated($"Life {_life}: stage {stage.Index} of item {item} was finished, and runs again.");
        if (stage.Index < plan.EntryStages[item])
            violated($"Life {_life}: item {item} was fed into stage {plan.EntryStages[item]}, and runs in {stage.Index}.");
        if (!ways.Of(item).Has(stage.Index))
            violated($"Life {_life}: item {item} runs in stage {stage.Index}, and its way is {ways.Text(item)}.");
        if (ways.Of(item).Before(stage.Index) is { } before && !witness.IsDurable(item, before))
            violated($"Life {_life}: stage {stage.Index} of item {item} runs before stage {before} is durable.");
        if (row?.State == StoredItemState.Filtered)
            violated($"Life {_life}: item {item} was filtered out, and runs in stage {stage.Index}.");
        if (row?.State == StoredItemState.Failed && !plan.Options.ResumeFailed)
            violated($"Life {_life}: item {item} had failed, and runs in stage {stage.Index}.");
    }

    private void SeeResumed(int item, SurvivorStage stage, StoredItem row)
    {
        if (row.State != StoredItemState.Unfinished || row.StageIndex != stage.Index || ways.Of(item).Before(stage.Index) is not { } before)
            return;
        if (plan.Graph.Elements[stage.Index].Depth > 0)
            coverage.See("Resumed.in a branch");
        if (plan.Graph.Elements[before].Depth > plan.Graph.Elements[stage.Index].Depth)
            coverage.See("Resumed.behind a branch");
    }

    private void CheckFirstLook(int item, SurvivorStage stage, StoredItem? row)
    {
        if (!_looked.TryAdd((item, stage.Index), _life) && _looked[(item, stage.Index)] != _life)
            coverage.See("Resumed.polling");
        bool isResumed = row is { State: StoredItemState.Unfinished } && row.StageIndex == stage.Index;
        if (!isResumed || stage.ItemTimeoutMs is not { } limit || ways.Of(item).Before(stage.Index) is not { } before || witness.FinishedAt(item, before) is not { } finished)
            return;
        coverage.See("Resumed.polling in time");
        if (_beganAt - finished >= TimeSpan.FromMilliseconds(limit))
            violated($"Life {_life}: item {item} came to {stage.Name} at {finished:O}, and is looked at in a start of {_beganAt:O}, which is later than its time allows.");
    }

    private void CheckMetadata(int item, StageContext context)
    {
        int expected = witness.BornBefore(item) ?? _life;
        if (!context.Metadata.TryGetValue("life", out object? life) || life is not int fedIn || fedIn != expected)
            violated($"Life {_life}: item {item} was stored first in life {expected}, and has the metadata of life {life}.");
    }

    private void CheckAttempt(int item, SurvivorStage stage, int task, int attempt, StoredItem? row)
    {
        bool isKept = row is { State: StoredItemState.Unfinished } && row.StageIndex == stage.Index;
        int before = isKept && row!.TaskIndex == task ? row.Attempts : 0;
        // One that is too late to be made is an attempt as well.
        if (attempt < before + 1 || (attempt > before + 1 && !stage.HasTimeout))
            violated($"Life {_life}: task {task} of {stage.Name} has {before} failed attempts of item {item} behind it, and begins with attempt {attempt}.");
        if (before > 0)
            coverage.See("Resumed.attempts");
        if (!isKept || task != 0 || row!.NextAttemptAt is not { } due)
            return;
        coverage.See("Resumed.delay");
        if (time.GetUtcNow() < due)
            violated($"Life {_life}: item {item} was to wait until {due:O} in {stage.Name}, and begins at {time.GetUtcNow():O}.");
    }
}
