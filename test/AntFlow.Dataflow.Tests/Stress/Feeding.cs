using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>One feeder of a case: its source, and how many of its items were accepted by all it was told.</summary>
internal sealed class PlannedFeeder(Plan plan, FeederPlan feeder, TimeProvider time, Coverage coverage)
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly TaskCompletionSource _placedAll = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _pulled;
    private int _left;
    private volatile bool _begun;

    /// <summary>How many were accepted; null if the call could not say.</summary>
    public long? Accepted { get; private set; }

    /// <summary>How many more were accepted or ignored for their id: a call that tries or offers does not learn which.</summary>
    public long Taken { get; private set; }

    /// <summary>Ids for which there is an item in the run: of calls that have returned.</summary>
    public List<ItemId> Placed { get; } = [];

    public int Pulled => Volatile.Read(ref _pulled);

    /// <summary>Ends when the call has placed all it ever will: that of a source that falls idle does not end by itself.</summary>
    public Task PlacedAll => _placedAll.Task;

    /// <summary>What is wrong with what the source has lost and what the call has said of that; null if nothing is.</summary>
    public string? Loss { get; private set; }

    /// <param name="run">The run.</param>
    /// <param name="block">The block the run is behind, if it is: feeding one by one offers to it.</param>
    /// <param name="stages">The stages of the pipeline.</param>
    public async Task FeedAsync(PipelineRun<Cargo, Cargo> run, ITargetBlock<Cargo>? block, IReadOnlyList<Stage<Cargo, Cargo>> stages)
    {
        coverage.See(feeder.Shape);
        await EndAsync(run, block, stages);
        _placedAll.TrySetResult();
    }

    private async Task EndAsync(PipelineRun<Cargo, Cargo> run, ITargetBlock<Cargo>? block, IReadOnlyList<Stage<Cargo, Cargo>> stages)
    {
        try
        {
            Accepted = feeder.Shape is FeedShape.OneByOne or FeedShape.TryOneByOne
                ? await (block is null ? FeedOneByOneAsync(run) : OfferAsync(block))
                : await FeedAllAsync(run, stages);
        }
        catch (PipelineClosedException closed)
        {
            coverage.See("Feed.closed");
            CheckLoss(closed.Accepted, closed.NotAccepted);
            Accepted = (Accepted ?? 0) + closed.Accepted;
        }
        catch (FeedCanceledException canceled)
        {
            coverage.See("Feed.canceled");
            CheckLoss(canceled.Accepted, canceled.NotAccepted);
            Accepted = (Accepted ?? 0) + canceled.Accepted;
        }
        catch (PlannedException)
        {
            // Everything before was accepted, or the call would have ended with another exception.
            coverage.See("Feed.source threw");
            Assume(Pulled);
        }
        catch (ArgumentException) when (feeder.Shape == FeedShape.ListOfWorkItems)
        {
            coverage.See("Feed.null");
            Assume(feeder.ThrowsAt!.Value);
        }
    }

    private void Assume(long accepted)
    {
        if (Accepted is null && plan.Ignores)
            Taken = accepted;
        else
            Accepted ??= accepted;
    }

    private void Place(WorkItem<Cargo> item)
    {
        if (item.Id is { } id)
            Placed.Add(id);
    }

    public IEnumerable<Cargo> Values()
    {
        for (int i = 0; i < feeder.Count; i++)
        {
            Pull(i);
            yield return new Cargo(feeder.First + i);
            Interlocked.Increment(ref _pulled);
        }

        Pull(feeder.Count);
    }

    public IEnumerable<WorkItem<Cargo>> WorkItems() => Values().Select(Wrap);

    /// <summary>Nothing of ours runs between two of them, and nothing throws.</summary>
    public Cargo[] ArrayOfValues()
    {
        _pulled = feeder.Count;
        return [.. Enumerable.Range(0, feeder.Count).Select(i => new Cargo(feeder.First + i))];
    }

    /// <summary>With nothing where the source is to throw.</summary>
    public List<WorkItem<Cargo>> ListOfWorkItems()
    {
        List<WorkItem<Cargo>> items = [.. ArrayOfValues().Select(Wrap)];
        if (feeder.ThrowsAt < items.Count)
            items[feeder.ThrowsAt.Value] = null!;
        return items;
    }

    public async IAsyncEnumerable<Cargo> AsyncValues([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (Cargo value in Values())
        {
            if (feeder.IsSlow && value.Number % 3 == 0)
                await Task.Delay(TimeSpan.FromMilliseconds(value.Number % 2), time, cancellationToken);
            yield return value;
        }
    }

    /// <summary>A queue of messages, of which no more come.</summary>
    private async Task<long> FeedIdleStreamAsync(PipelineRun<Cargo, Cargo> run)
    {
        var queue = Channel.CreateUnbounded<Cargo>();
        foreach (Cargo message in ArrayOfValues())
            queue.Writer.TryWrite(message);
        try
        {
            return await run.FeedAsync(ReadAsync(queue.Reader), feeder.Priority, _cancel.Token);
        }
        finally
        {
            _left = queue.Reader.Count;
        }
    }

    private async IAsyncEnumerable<Cargo> ReadAsync(ChannelReader<Cargo> queue, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (feeder.Count == 0)
            _placedAll.TrySetResult();
        for (int position = 0; await queue.WaitToReadAsync(cancellationToken); position++)
        {
            if (position == feeder.CanceledAt)
                await _cancel.CancelAsync();
            if (!queue.TryRead(out Cargo? message))
                continue;
            yield return message;
            if (position + 1 == feeder.Count)
                _placedAll.TrySetResult();
        }
    }

    /// <summary>The same of a queue that holds its thread.</summary>
    private async Task<long> FeedIdleSequenceAsync(PipelineRun<Cargo, Cargo> run)
    {
        using var queue = new BlockingCollection<Cargo>();
        foreach (Cargo message in ArrayOfValues())
            queue.Add(message);
        var isLeft = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            return await run.FeedAsync(Take(queue, isLeft), feeder.Priority, _cancel.Token);
        }
        finally
        {
            _left = queue.Count;
            queue.CompleteAdding();
            if (_begun)
                await isLeft.Task;
        }
    }

    private IEnumerable<Cargo> Take(BlockingCollection<Cargo> queue, TaskCompletionSource isLeft)
    {
        _begun = true;
        try
        {
            int position = 0;
            if (feeder.Count == 0)
                _placedAll.TrySetResult();
            foreach (Cargo message in queue.GetConsumingEnumerable())
            {
                if (position == feeder.CanceledAt)
                    _cancel.Cancel();
                yield return message;
                if (++position == feeder.Count)
                    _placedAll.TrySetResult();
            }
        }
        finally
        {
            isLeft.SetResult();
        }
    }

    private void CheckLoss(long accepted, long notAccepted)
    {
        if (feeder.Shape is not (FeedShape.IdleStream or FeedShape.IdleSequence))
            return;
        // A source that is just giving one when its time is over is left, and that one comes too late.
        int mostLate = plan.Ignores ? feeder.Count : plan.MayLeaveInputs ? 1 : 0;
        if (feeder.Count - (accepted + notAccepted + _left) is var late && (late < 0 || late > mostLate))
            Loss = $"Of {feeder.Count} messages {accepted} were accepted, {notAccepted} taken and not placed, and {_left} are in the queue.";
    }

    public IAsyncEnumerable<WorkItem<Cargo>> AsyncWorkItems() => AsyncValues().Select(Wrap);

    private WorkItem<Cargo> Wrap(Cargo cargo) => new(cargo)
    {
        // Beside the numbers that IdentifyBy gives.
        Id = cargo.Number % 2 == 0 ? new ItemId($"item {plan.NameOf(cargo.Number)}") : (ItemId?)null,
        Priority = cargo.Number % 5 == 0 ? cargo.Number % 7 : null,
        Metadata = { ["number"] = cargo.Number },
    };

    private void Pull(int position)
    {
        if (position == feeder.CanceledAt)
            _cancel.Cancel();
        if (position == feeder.ThrowsAt)
            throw new PlannedException("source", feeder.First + position);
    }

    private async Task<long> FeedAllAsync(PipelineRun<Cargo, Cargo> run, IReadOnlyList<Stage<Cargo, Cargo>> stages)
    {
        long accepted = await BeginAsync(run, stages);
        if (feeder.Shape is FeedShape.WorkItems or FeedShape.AsyncWorkItems or FeedShape.ListOfWorkItems or FeedShape.ToStageByName)
        {
            foreach (Cargo cargo in ArrayOfValues())
                Place(Wrap(cargo));
        }

        return accepted;
    }

    private Task<long> BeginAsync(PipelineRun<Cargo, Cargo> run, IReadOnlyList<Stage<Cargo, Cargo>> stages) => feeder.Shape switch
    {
        FeedShape.Values => run.FeedAsync(Values(), feeder.Priority, _cancel.Token),
        FeedShape.WorkItems => run.FeedAsync(WorkItems(), feeder.Priority, _cancel.Token),
        FeedShape.AsyncValues => run.FeedAsync(AsyncValues(), feeder.Priority, _cancel.Token),
        FeedShape.AsyncWorkItems => run.FeedAsync(AsyncWorkItems(), feeder.Priority, _cancel.Token),
        FeedShape.ArrayOfValues => FeedAtHandAsync(run.FeedAsync(ArrayOfValues(), feeder.Priority, _cancel.Token)),
        FeedShape.ListOfWorkItems => FeedAtHandAsync(run.FeedAsync(ListOfWorkItems(), feeder.Priority, _cancel.Token)),
        FeedShape.IdleSequence when plan.MayLeaveInputs => FeedIdleSequenceAsync(run),
        // One that holds its thread would be waited for, for longer than a case may take.
        FeedShape.IdleStream or FeedShape.IdleSequence => FeedIdleStreamAsync(run),
        FeedShape.ToStageByName => run.FeedAsync(plan.Stages[feeder.Stage].Name, feeder.IsSlow ? WorkItems() : Values().Select(Wrap), feeder.Priority, _cancel.Token),
        _ => run.FeedAsync(stages[feeder.Stage], AsyncValues(), feeder.Priority, _cancel.Token),
    };

    private async Task<long> FeedAtHandAsync(Task<long> feeding)
    {
        if (plan is { IsUnobserved: true, Identifies: false, Orders: false, DuplicateHandling: null })
            coverage.See("Feed.together");
        for (int i = 0; i < feeder.CanceledAt; i++)
            await Task.Yield();
        if (feeder.CanceledAt is not null)
            await _cancel.CancelAsync();
        return await feeding;
    }

    private async Task<long> FeedOneByOneAsync(PipelineRun<Cargo, Cargo> run)
    {
        Accepted = 0;
        foreach (Cargo value in Values())
        {
            if (feeder.Shape == FeedShape.OneByOne)
            {
                // With ids, where they matter.
                WorkItem<Cargo> item = plan.Repeats ? Wrap(value) : new WorkItem<Cargo>(value);
                bool isAccepted = await run.FeedOneAsync(item, feeder.Priority, _cancel.Token);
                if (!isAccepted && !plan.Ignores)
                    Loss = $"A feed call says that item {value} was ignored.";
                Accepted += isAccepted ? 1 : 0;
                Place(item);
            }
            else
            {
                if (run.TryFeedOne(Wrap(value), feeder.Priority))
                    Take(value);
                else
                    coverage.See("Feed.refused");
                await Task.Yield();
            }
        }

        return Accepted.Value;
    }

    private void Take(Cargo value)
    {
        Place(Wrap(value));
        if (plan.Ignores)
            Taken++;
        else
            Accepted++;
    }

    private async Task<long> OfferAsync(ITargetBlock<Cargo> block)
    {
        Accepted = 0;
        foreach (Cargo value in Values())
        {
            bool isAccepted;
            if (feeder.Shape == FeedShape.OneByOne)
            {
                try
                {
                    isAccepted = await block.SendAsync(value, _cancel.Token);
                }
                catch (OperationCanceledException)
                {
                    // The offer was taken back before it was accepted.
                    coverage.See("Offer.canceled");
                    break;
                }
            }
            else
            {
                isAccepted = block.Post(value);
                await Task.Yield();
            }

            coverage.See(isAccepted ? "Offer.accepted" : "Offer.declined");
            if (plan.Ignores)
                Taken += isAccepted ? 1 : 0;
            else
                Accepted += isAccepted ? 1 : 0;
        }

        return Accepted.Value;
    }
}
