using System.Collections.Concurrent;
using AntFlow.Dataflow.TestKit;

namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>Feeds the items of a start, call by call, and keeps what the calls have returned.</summary>
internal sealed class LifeFeeding(SurvivalPlan plan, LifePlan life, int number, SurvivorBodies bodies, IReadOnlyList<Stage> stages, ConcurrentDictionary<int, bool> returned, Coverage coverage, Action<string> violated)
{
    private readonly ConcurrentDictionary<int, int> _returns = new();
    private long _accepted;
    private volatile bool _isExact = true;

    /// <summary>How many items were accepted; null if a call could not say.</summary>
    public long? Accepted => _isExact ? Interlocked.Read(ref _accepted) : null;

    /// <summary>The items of a start that feeds them as a whole.</summary>
    public IEnumerable<WorkItem<Cargo>> All() => life.Items.Select(Wrap);

    public async Task FeedAsync(PipelineRun<Cargo, Cargo> run)
    {
        int share = Math.Max(1, (life.Items.Count + life.Feeders - 1) / life.Feeders);
        await Task.WhenAll(life.Items.Chunk(share).Select(items => Task.Run(() => FeedAsync(run, items))));
    }

    private async Task FeedAsync(PipelineRun<Cargo, Cargo> run, int[] items)
    {
        foreach (int[] call in items.Chunk(life.CallSize))
        {
            foreach (IGrouping<int, int> into in call.GroupBy(item => plan.EntryStages[item]))
            {
                if (!await TryCallAsync(run, into.Key, [.. into]))
                    return;
            }
        }
    }

    private async Task<bool> TryCallAsync(PipelineRun<Cargo, Cargo> run, int stage, int[] items)
    {
        try
        {
            Interlocked.Add(ref _accepted, await CallAsync(run, stage, items));
            return true;
        }
        catch (PipelineClosedException closed)
        {
            coverage.See("Feed.closed");
            Interlocked.Add(ref _accepted, closed.Accepted);
        }
        catch (Exception error) when (error is PlannedException or LeaseLostException or CheckpointException)
        {
            coverage.See($"Feed.{error.GetType().Name}");
            _isExact = false;
        }
        catch (Exception error)
        {
            violated($"Life {number}: a feed call threw {error}");
        }

        return false;
    }

    private async Task<long> CallAsync(PipelineRun<Cargo, Cargo> run, int stage, int[] items)
    {
        Dice dice = Dice.Of(plan.Seed, 14, number, items[0]);
        LifeFeedShape shape = stage > 0
            ? dice.Pick(LifeFeedShape.ToStageByName, LifeFeedShape.ToStageByObject)
            : dice.Pick(LifeFeedShape.Values, LifeFeedShape.AsyncValues, LifeFeedShape.OneByOne, plan.Options.PersistInput ? LifeFeedShape.OneByOne : LifeFeedShape.TryOneByOne);
        coverage.See(shape);
        if (plan.Graph.Elements[stage].Depth > 0)
            coverage.See("Branch.fed into");
        IEnumerable<WorkItem<Cargo>> wrapped = items.Select(Wrap);
        switch (shape)
        {
            case LifeFeedShape.OneByOne:
                return await OneByOneAsync(run, items);
            case LifeFeedShape.TryOneByOne:
                return await TryOneByOneAsync(run, items);
        }

        long accepted = await (shape switch
        {
            LifeFeedShape.Values => run.FeedAsync(wrapped),
            LifeFeedShape.AsyncValues => run.FeedAsync(wrapped.ToAsyncEnumerable()),
            LifeFeedShape.ToStageByName => run.FeedAsync(plan.Stages[stage].Name, wrapped),
            _ => run.FeedAsync((Stage<Cargo, Cargo>)stages[stage], wrapped),
        });
        if (accepted != items.Length && !(plan.Ignores && accepted < items.Length))
            violated($"Life {number}: a feed call has returned with {accepted} of {items.Length} items.");
        foreach (int item in items)
            Return(item);
        return accepted;
    }

    private async Task<long> OneByOneAsync(PipelineRun<Cargo, Cargo> run, int[] items)
    {
        int accepted = 0;
        try
        {
            foreach (int item in items)
            {
                if (await run.FeedOneAsync(Wrap(item)))
                    accepted++;
                else if (!plan.Ignores)
                    violated($"Life {number}: a feed call says that item {item} was ignored.");
                Return(item);
            }

            return accepted;
        }
        catch (PipelineClosedException)
        {
            Interlocked.Add(ref _accepted, accepted);
            throw;
        }
    }

    private async Task<long> TryOneByOneAsync(PipelineRun<Cargo, Cargo> run, int[] items)
    {
        int accepted = 0;
        // Of those it takes some may be ignored.
        if (plan.Ignores)
            _isExact = false;
        foreach (int item in items)
        {
            // It promises nothing before the run is open, and nothing while there is no room.
            while (!run.TryFeedOne(Wrap(item)))
            {
                if (run.Completion.IsCompleted || run.GetSnapshot() is { Phase: not RunPhase.Running } or { IsInputOpen: false })
                {
                    coverage.See("Feed.refused");
                    return accepted;
                }

                await Task.Yield();
            }

            accepted++;
        }

        return accepted;
    }

    /// <summary>The call that has fed an item has returned, and the item is durable. A call whose item fails for its id only says that there is another one; once all calls with that id have returned, that
    /// of the first one has.</summary>
    private void Return(int item)
    {
        int calls = _returns.AddOrUpdate(item, 1, static (_, count) => count + 1);
        if (plan.Ignores || calls == life.Items.Count(other => other == item))
            returned[item] = true;
    }

    private WorkItem<Cargo> Wrap(int item)
    {
        Dice dice = Dice.Of(plan.Seed, 15, item, number);
        return new WorkItem<Cargo>(bodies.InputOf(item))
        {
            // Beside those that IdentifyBy gives.
            Id = plan.EntryStages[item] > 0 || dice.OneIn(3) ? plan.IdOf(item) : (ItemId?)null,
            Priority = dice.Between(-3, 3),
            Metadata = { ["life"] = number },
        };
    }
}
