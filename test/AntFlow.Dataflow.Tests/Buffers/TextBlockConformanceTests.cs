using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow.Tests;

// The halves without the buffer around them: what holds here holds for every block made of them.

public sealed class TextBlockTargetTests : TargetConformance
{
    protected override TargetUnderTest Create(int capacity = DataflowBlockOptions.Unbounded, CancellationToken cancellationToken = default) =>
        TargetUnderTest.Of(new TextBlock(capacity, cancellationToken), TextBlock.ValueOf);
}

public sealed class TextBlockSendTests : SendConformance
{
    protected override TargetUnderTest Create(int capacity = DataflowBlockOptions.Unbounded, CancellationToken cancellationToken = default) =>
        TargetUnderTest.Of(new TextBlock(capacity, cancellationToken), TextBlock.ValueOf);
}

public sealed class TextBlockSourceTests : SourceConformance<string>
{
    protected override Task<IReceivableSourceBlock<string>> Create(int count, CancellationToken cancellationToken = default) =>
        Texts.Held(count, cancellationToken);

    protected override int ValueOf(string item) => TextBlock.ValueOf(item);
}

public sealed class TextBlockReceiveTests : ReceiveConformance<string>
{
    protected override Task<IReceivableSourceBlock<string>> Create(int count, CancellationToken cancellationToken = default) =>
        Texts.Held(count, cancellationToken);

    protected override int ValueOf(string item) => TextBlock.ValueOf(item);
}

public sealed class TextBlockLinkTests : LinkConformance<string>
{
    protected override Task<IReceivableSourceBlock<string>> Create(int count, CancellationToken cancellationToken = default) =>
        Texts.Held(count, cancellationToken);

    protected override int ValueOf(string item) => TextBlock.ValueOf(item);
}

internal static class Texts
{
    public static Task<IReceivableSourceBlock<string>> Held(int count, CancellationToken cancellationToken)
    {
        var block = new TextBlock(DataflowBlockOptions.Unbounded, cancellationToken);
        for (int i = 0; i < count; i++)
            block.Post(i);
        return Task.FromResult<IReceivableSourceBlock<string>>(block);
    }
}
