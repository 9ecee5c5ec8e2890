using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>What the pipeline looked like has a checksum as well: a flipped letter must not pass for a change.</summary>
public sealed class DamagedDescriptionTests
{
    private readonly InMemoryCheckpointStore _store = new();

    [TestCase(PipelineChangeHandling.Refuse)]
    [TestCase(PipelineChangeHandling.RestartChangedStages)]
    public async Task A_letter_that_is_another_is_damage_and_no_change(PipelineChangeHandling changeHandling)
    {
        await new Job(_store).RunAsync("x").InTime();
        string whole = (await _store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Description!;
        var again = new Job(_store) { Options = new CheckpointOptions { PipelineChangeHandling = changeHandling } };
        int damaged = 0;
        for (int at = 0; at < whole.Length; at++)
        {
            await DescribeAsync($"{whole[..at]}{(char)(whole[at] ^ 1)}{whole[(at + 1)..]}");
            try
            {
                // The name of a member that is not set may be anything.
                (await again.RunAsync("x").InTime()).ResumedCount.ShouldBe(1);
            }
            catch (InvalidDataException error)
            {
                error.Message.ShouldContain("is damaged");
                damaged++;
            }
        }

        damaged.ShouldBeGreaterThan(whole.Length * 3 / 4);
        again.Calls.ShouldBeEmpty();
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("{}")]
    [TestCase("[]")]
    [TestCase("garbage")]
    public async Task What_is_none_is_damage(string text)
    {
        await DescribeAsync(text);

        await new Job(_store).RunAsync("x").CatchAsync<InvalidDataException>();
    }

    private async Task DescribeAsync(string text)
    {
        await using ICheckpointRun run = await _store.OpenRunAsync("nightly");
        await run.WriteAsync(new CheckpointBatch { Description = text });
    }
}
