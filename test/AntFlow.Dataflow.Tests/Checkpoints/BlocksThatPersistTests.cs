using System.Threading.Tasks.Dataflow;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>What a block was given is stored as well, where input is.</summary>
public sealed class BlocksThatPersistTests
{
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private readonly Gate<string> _gate = new();

    private Job NewJob() => new(_store) { Options = new CheckpointOptions { PersistInput = true } };

    [TestCase(true)]
    [TestCase(false)]
    public async Task What_a_block_has_taken_comes_back_by_itself(bool isLinked)
    {
        Job job = NewJob();
        job.Body = (stage, item, token) => _gate.PassAsync(item, token);
        PipelineBlock<string, string> block = job.Make().AsBlock(Lives.Nightly);
        var source = new BufferBlock<string>();
        if (isLinked)
        {
            source.LinkTo(block);
            await source.SendAsync("x").InTime();
        }
        else
        {
            (await block.SendAsync("x").InTime()).ShouldBeTrue();
        }

        await _gate.WhenArrivedAsync(1);
        _store.Kill();
        await block.Run.DisposeAsync().AsTask().InTime();

        await using PipelineRun<string, string> run = NewJob().Make().Start(Lives.Nightly);
        run.Complete();
        (await run.Completion.InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
    }
}
