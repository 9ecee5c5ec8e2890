using System.Collections.Concurrent;
using AntFlow.Dataflow.TestKit;
using AntFlow.Dataflow.Tests.Checkpoints;

namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>Plays the starts of a run over a store that fails now and then, and checks what must hold over all of them.</summary>
internal sealed class Survivor : IPlayedCase
{
    private readonly SurvivalPlan _plan;
    private readonly Coverage _coverage;
    private readonly SteppedTime _time = new();
    private readonly InMemoryCheckpointStore _inner = new();
    private readonly FragileStore _store;
    private readonly StoreFaults _faults;
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly ConcurrentDictionary<int, bool> _returned = new();
    private readonly Deaths _deaths = new();
    private readonly Witness _witness;
    private readonly Beginnings _beginnings;
    private readonly Provider _provider;
    private readonly SurvivorBodies _bodies;
    private readonly SurvivorAssembly _assembly;
    private readonly LifeCheck _check;
    private int _life;
    private volatile bool _isOver;

    public Survivor(SurvivalPlan plan, Coverage coverage)
    {
        _plan = plan;
        _coverage = coverage;
        _witness = new Witness(plan, _deaths, Violate);
        _store = new FragileStore(_inner) { OnWritten = _witness.OnWritten, OnMarking = (stage, id) => _deaths.Note(_witness.NumberOf(id), stage) };
        _faults = new StoreFaults(plan, _time, coverage);
        _faults.Trouble(_store);
        var ways = new SurvivorWays(plan);
        _beginnings = new Beginnings(plan, ways, _witness, _deaths, _time, coverage, Violate);
        _provider = new Provider(plan, _time, coverage, Violate);
        _bodies = new SurvivorBodies(plan, ways, _beginnings, _provider, _witness, _time, coverage, Violate);
        _assembly = new SurvivorAssembly(plan, _bodies, _store, _time);
        _check = new LifeCheck(plan, ways, _bodies, _witness, coverage, Violate);
    }

    /// <summary>Ends what steps the clock of a case that hangs.</summary>
    public void GiveUp() => _isOver = true;

    /// <summary>What a case that hangs was doing.</summary>
    public string Describe() => $"It is in life {_life}. {string.Join(Environment.NewLine, _violations.Take(5))}";

    /// <summary>Plays the starts.</summary>
    /// <returns>What was violated: nothing, if all is well.</returns>
    public async Task<IReadOnlyCollection<string>> PlayAsync()
    {
        GraphCoverage.See(_plan.Graph, _coverage);
        Task stepping = StepAsync();
        try
        {
            for (_life = 0; _life < _plan.Lives.Count; _life++)
                await LiveAsync(_plan.Lives[_life]);
            await CheckRowsAsync();
        }
        finally
        {
            _isOver = true;
        }

        await stepping;
        return _violations;
    }

    private void Violate(string what) => _violations.Enqueue(what);

    private async Task LiveAsync(LifePlan life)
    {
        bool isLast = _life == _plan.Lives.Count - 1;
        _faults.AreOver = isLast;
        if (isLast && _plan.TrustsStore)
            life = life with { Items = [.. life.Items.Where(item => !_returned.ContainsKey(item))] };
        _witness.BeginLife(_life);
        _deaths.BeginLife();
        _beginnings.BeginLife(_life);
        _provider.BeginLife(_life);
        _bodies.BeginLife(_life);
        Pipeline<Cargo, Cargo> pipeline = _assembly.Build();
        var feeding = new LifeFeeding(_plan, life, _life, _bodies, pipeline.Stages, _returned, _coverage, Violate);
        var played = new Life(_plan, life, _life, pipeline, feeding, _beginnings, _deaths, _store, _check, _coverage);
        await played.PlayAsync();
        if (isLast)
            CheckLast(played.Results);
    }

    private void CheckLast(IReadOnlyList<PipelineResult<Cargo>> results)
    {
        HashSet<int> ended = [.. results.Select(result => _witness.NumberOf(result.ItemId.ToStoredText()))];
        for (int item = 0; item < _plan.Items; item++)
        {
            if (ended.Contains(item))
                continue;
            // Fed in an earlier start, and finished since: it does not come back by itself.
            bool isThrough = _plan.TrustsStore && _returned.ContainsKey(item) && _witness.AtBirth(item)?.State is StoredItemState.Succeeded or StoredItemState.Failed or StoredItemState.Filtered;
            if (!isThrough)
                Violate($"Item {item} has no result in the end.");
            else
                _coverage.See("PersistInput.through");
        }

        if (_plan.TrustsStore && ended.Any(_returned.ContainsKey))
            _coverage.See("PersistInput.brought back");
        foreach ((int item, int stage) in _witness.Untold())
            Violate($"OnSuccess of stage {stage} was never told of item {item}.");
    }

    private async Task CheckRowsAsync()
    {
        List<StoredItem> rows = await _inner.ReadItemsAsync("nightly").ToListAsync();
        if (rows.DistinctBy(row => row.Id).Count() != _plan.Items || rows.Count != _plan.Items)
            Violate($"{_plan.Items} items have {rows.Count} rows.");
        foreach (StoredItem row in rows.Where(row => row.State == StoredItemState.Unfinished))
            Violate($"Item {_witness.NumberOf(row.Id)} is unfinished in the end, in stage {row.StageIndex}.");
    }

    private async Task StepAsync()
    {
        while (!_isOver)
        {
            // A thread of a body that the system has put aside is not to find that days have passed: the further the clock is to go, the longer it waits for the others.
            for (int turns = _time.NextDue > TimeSpan.FromSeconds(1) ? 1000 : 10; turns > 0; turns--)
                await Task.Yield();
            _time.StepToNextTimer(within: TimeSpan.FromHours(1));
        }
    }
}
