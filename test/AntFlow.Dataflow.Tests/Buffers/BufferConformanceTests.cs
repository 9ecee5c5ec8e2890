using System.Threading.Tasks.Dataflow;
using NUnit.Framework;

namespace AntFlow.Dataflow.Tests;

// The framework's own block goes through every case, too: a case it does not pass would say more about the case than about us.

[TestFixture(false, TestName = "Target: PriorityBufferBlock")]
[TestFixture(true, TestName = "Target: BufferBlock")]
public sealed class BufferTargetTests(bool isFramework) : TargetConformance
{
    protected override TargetUnderTest Create(int capacity = DataflowBlockOptions.Unbounded, CancellationToken cancellationToken = default) =>
        Make.Target(isFramework, capacity, cancellationToken);
}

[TestFixture(false, TestName = "Send: PriorityBufferBlock")]
[TestFixture(true, TestName = "Send: BufferBlock")]
public sealed class BufferSendTests(bool isFramework) : SendConformance
{
    protected override TargetUnderTest Create(int capacity = DataflowBlockOptions.Unbounded, CancellationToken cancellationToken = default) =>
        Make.Target(isFramework, capacity, cancellationToken);
}

[TestFixture(false, TestName = "Source: PriorityBufferBlock")]
[TestFixture(true, TestName = "Source: BufferBlock")]
public sealed class BufferSourceTests(bool isFramework) : SourceConformance<int>
{
    protected override Task<IReceivableSourceBlock<int>> Create(int count, CancellationToken cancellationToken = default) =>
        Make.Source(isFramework, count, cancellationToken);

    protected override int ValueOf(int item) => item;
}

[TestFixture(false, TestName = "Receive: PriorityBufferBlock")]
[TestFixture(true, TestName = "Receive: BufferBlock")]
public sealed class BufferReceiveTests(bool isFramework) : ReceiveConformance<int>
{
    protected override Task<IReceivableSourceBlock<int>> Create(int count, CancellationToken cancellationToken = default) =>
        Make.Source(isFramework, count, cancellationToken);

    protected override int ValueOf(int item) => item;
}

[TestFixture(false, TestName = "Link: PriorityBufferBlock")]
[TestFixture(true, TestName = "Link: BufferBlock")]
public sealed class BufferLinkTests(bool isFramework) : LinkConformance<int>
{
    protected override Task<IReceivableSourceBlock<int>> Create(int count, CancellationToken cancellationToken = default) =>
        Make.Source(isFramework, count, cancellationToken);

    protected override int ValueOf(int item) => item;
}

[TestFixture(false, TestName = "Propagator: PriorityBufferBlock")]
[TestFixture(true, TestName = "Propagator: BufferBlock")]
public sealed class BufferPropagatorTests(bool isFramework) : PropagatorConformance
{
    protected override IPropagatorBlock<int, int> Create(DataflowBlockOptions options) => Make.Block(isFramework, options);

    protected override int CountOf(IPropagatorBlock<int, int> block) =>
        block is BufferBlock<int> framework ? framework.Count : ((PriorityBufferBlock<int>)block).Count;
}

/// <summary>Blocks for the conformance classes: all items equally urgent, so that order is the order of arrival.</summary>
internal static class Make
{
    public static IPropagatorBlock<int, int> Block(bool isFramework, DataflowBlockOptions options) =>
        isFramework ? new BufferBlock<int>(options) : new PriorityBufferBlock<int>(_ => 0, options);

    public static TargetUnderTest Target(bool isFramework, int capacity, CancellationToken cancellationToken) =>
        TargetUnderTest.Of(Block(isFramework, new DataflowBlockOptions { BoundedCapacity = capacity, CancellationToken = cancellationToken }), i => i);

    public static Task<IReceivableSourceBlock<int>> Source(bool isFramework, int count, CancellationToken cancellationToken)
    {
        IPropagatorBlock<int, int> block = Block(isFramework, new DataflowBlockOptions { CancellationToken = cancellationToken });
        for (int i = 0; i < count; i++)
            block.Post(i);
        return Task.FromResult((IReceivableSourceBlock<int>)block);
    }
}
