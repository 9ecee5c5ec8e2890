using System.Threading.Tasks.Dataflow;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests;

// A whole pipeline as a block is to be as good a citizen as a buffer. It differs in two things, both of them promises:
// - Canceling drops nothing: every accepted item has a result that can be taken, and when they are taken the block completes.
// - It works on what it holds: it is full when a worker waits for a reader behind a full queue, and a moment before that it only looks full.

[TestFixture(false, TestName = "Target: AsBlock")]
[TestFixture(true, TestName = "Target: AsBlock, OrderResults")]
public sealed class PipelineBlockTargetTests(bool isOrdered) : TargetConformance
{
    protected override bool CancelingDropsItems => false;

    protected override TargetUnderTest Create(int capacity = DataflowBlockOptions.Unbounded, CancellationToken cancellationToken = default) =>
        PipelineBlocks.Target(isOrdered, capacity, cancellationToken);
}

[TestFixture(false, TestName = "Send: AsBlock")]
[TestFixture(true, TestName = "Send: AsBlock, OrderResults")]
public sealed class PipelineBlockSendTests(bool isOrdered) : SendConformance
{
    protected override TargetUnderTest Create(int capacity = DataflowBlockOptions.Unbounded, CancellationToken cancellationToken = default) =>
        PipelineBlocks.Target(isOrdered, capacity, cancellationToken);
}

[TestFixture(false, int.MaxValue, TestName = "Source: AsBlock")]
[TestFixture(true, int.MaxValue, TestName = "Source: AsBlock, OrderResults")]
[TestFixture(false, 1, TestName = "Source: AsBlock, most items still on their way")]
public sealed class PipelineBlockSourceTests(bool isOrdered, int resultCapacity) : SourceConformance<PipelineResult<int>>
{
    protected override Task<IReceivableSourceBlock<PipelineResult<int>>> Create(int count, CancellationToken cancellationToken = default) =>
        PipelineBlocks.Source(isOrdered, count, resultCapacity, cancellationToken);

    protected override int ValueOf(PipelineResult<int> item) => item.Value;
}

[TestFixture(false, TestName = "Receive: AsBlock")]
[TestFixture(true, TestName = "Receive: AsBlock, OrderResults")]
public sealed class PipelineBlockReceiveTests(bool isOrdered) : ReceiveConformance<PipelineResult<int>>
{
    protected override bool CancelingDropsItems => false;

    protected override Task<IReceivableSourceBlock<PipelineResult<int>>> Create(int count, CancellationToken cancellationToken = default) =>
        PipelineBlocks.Source(isOrdered, count, int.MaxValue, cancellationToken);

    protected override int ValueOf(PipelineResult<int> item) => item.Value;
}

[TestFixture(false, int.MaxValue, TestName = "Link: AsBlock")]
[TestFixture(true, int.MaxValue, TestName = "Link: AsBlock, OrderResults")]
[TestFixture(false, 1, TestName = "Link: AsBlock, most items still on their way")]
public sealed class PipelineBlockLinkTests(bool isOrdered, int resultCapacity) : LinkConformance<PipelineResult<int>>
{
    protected override bool CancelingDropsItems => false;

    protected override Task<IReceivableSourceBlock<PipelineResult<int>>> Create(int count, CancellationToken cancellationToken = default) =>
        PipelineBlocks.Source(isOrdered, count, resultCapacity, cancellationToken);

    protected override int ValueOf(PipelineResult<int> item) => item.Value;
}

/// <summary>Blocks of real pipelines for the conformance classes: numbers in, the same numbers out, in their order.</summary>
internal static class PipelineBlocks
{
    // A postponed offer is fetched when the queue is down to half: of two places that is as soon as one is free.
    private const int Queue = 2;

    public static TargetUnderTest Target(bool isOrdered, int capacity, CancellationToken cancellationToken)
    {
        if (capacity == DataflowBlockOptions.Unbounded)
            return Of(Create(isOrdered, StageOptions.Unbounded, int.MaxValue, cancellationToken));
        // Full is: two queued, a worker that waits with one item, one in the run, the rest in the block. With OrderResults the window is what is full: as many in
        // the block as in the run behind it, and nothing queued.
        int held = capacity - 1;
        PipelineBlock<int, int> block = Create(isOrdered, Queue, held, cancellationToken);
        return Of(block) with { IsAtRest = () => block.OutputCount == held && (isOrdered ? HasWorkedOffAll(block) : IsBlocked(block)) };
    }

    /// <summary>A block that holds so many results, or as many as it can: then the rest waits in the pipeline.</summary>
    public static async Task<IReceivableSourceBlock<PipelineResult<int>>> Source(
        bool isOrdered, int count, int resultCapacity, CancellationToken cancellationToken)
    {
        PipelineBlock<int, int> block = Create(isOrdered, StageOptions.Unbounded, resultCapacity, cancellationToken);
        for (int i = 0; i < count; i++)
            block.Post(i).ShouldBeTrue();
        await Waiting.UntilAsync(() => block.OutputCount == Math.Min(count, resultCapacity));
        return block;
    }

    private static TargetUnderTest Of(PipelineBlock<int, int> block) => TargetUnderTest.Of(block, result => result.Value);

    /// <summary>Without OrderResults one worker keeps the order; with it the pipeline does, whatever its workers do.</summary>
    private static PipelineBlock<int, int> Create(bool isOrdered, int queueCapacity, int resultCapacity, CancellationToken cancellationToken)
    {
        PipelineBlock<int, int> block = PipelineBuilder
            .Stage<int, int>("A", YieldAsync, workers: isOrdered ? 4 : 1, s => s.QueueCapacity = queueCapacity)
            .Build()
            .AsBlock(new RunOptions { OrderResults = isOrdered, ResultCapacity = resultCapacity });
        cancellationToken.Register(() => _ = block.Run.DisposeAsync().AsTask());
        return block;
    }

    private static async Task<int> YieldAsync(int item)
    {
        await Task.Yield();
        return item;
    }

    private static bool IsBlocked(PipelineBlock<int, int> block) => block.Run.GetSnapshot() is { Queued: Queue, Stages: [{ BlockedWorkers: 1 }] };

    private static bool HasWorkedOffAll(PipelineBlock<int, int> block)
    {
        PipelineSnapshot now = block.Run.GetSnapshot();
        return now.Succeeded == now.Fed;
    }
}
