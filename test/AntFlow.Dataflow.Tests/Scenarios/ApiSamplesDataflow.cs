using System.Threading.Tasks.Dataflow;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Scenarios;

/// <summary>The samples of the API document on Dataflow graphs, as written.</summary>
public sealed class ApiSamplesDataflow
{
    [Test]
    public async Task Inside_an_existing_graph()
    {
        Pipeline<string, Doc> crawl = PipelineBuilder.Stage<string, Doc>("Parse", x => new Doc(x), workers: 2).Build();
        var source = new BufferBlock<string>();
        List<string> read = [];
        var sink = new ActionBlock<PipelineResult<Doc>>(r => read.Add(r.Value!.Text));

        PipelineBlock<string, Doc> block = crawl.AsBlock();
        source.LinkTo(block, new DataflowLinkOptions { PropagateCompletion = true });
        block.LinkTo(sink, new DataflowLinkOptions { PropagateCompletion = true });
        source.Post("a");
        source.Post("b");
        source.Complete();
        await sink.Completion.WaitAsync(TimeSpan.FromSeconds(30));

        read.Order().ShouldBe(["a", "b"]);
        (await block.Run.Completion).SucceededCount.ShouldBe(2);
    }

    [Test]
    public async Task A_priority_buffer_on_its_own()
    {
        var urgentFirst = new PriorityBufferBlock<Job>(job => job.Priority, new DataflowBlockOptions { BoundedCapacity = 100 });
        urgentFirst.Post(new Job(100));
        urgentFirst.Post(new Job(1));

        (await urgentFirst.ReceiveAsync(TimeSpan.FromSeconds(30))).Priority.ShouldBe(1);
    }

    private sealed record Doc(string Text);

    private sealed record Job(int Priority);
}
