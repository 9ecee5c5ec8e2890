using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints.Onces;

/// <summary>A provider knows a thing again by its key, and only by it.</summary>
public sealed class IdempotencyKeyTests
{
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private readonly Gate<string> _gate = new();

    private async Task<string> KeyAsync(Func<StageContext, Task<string>> read, string runId = "nightly", string item = "x", string stage = "Upload", FragileStore? store = null)
    {
        Pipeline<string, string> pipeline = PipelineBuilder.StageWithContext<string, string>(stage, (_, context) => read(context))
            .IdentifyBy(x => x).WithCheckpoints(store ?? new FragileStore(new InMemoryCheckpointStore())).Build();
        PipelineReport<string> report = await pipeline.RunAsync([item], new RunOptions { RunId = runId }).InTime();
        return report.Results.ShouldHaveSingleItem().Value!;
    }

    [Test]
    public async Task A_key_is_another_one_for_another_run_item_stage_key_and_generation()
    {
        static Task<string> Plain(StageContext context) => Task.FromResult(context.GetIdempotencyKey("batch"));
        string[] keys =
        [
            await KeyAsync(Plain),
            await KeyAsync(Plain, runId: "weekly"),
            await KeyAsync(Plain, item: "y"),
            await KeyAsync(Plain, stage: "Save"),
            await KeyAsync(context => Task.FromResult(context.GetIdempotencyKey("file"))),
            await KeyAsync(async context =>
            {
                await context.ForgetAsync("batch");
                return context.GetIdempotencyKey("batch");
            }),
        ];

        keys.Distinct().Count().ShouldBe(keys.Length);
        keys.ShouldAllBe(key => key.Length == 32 && key.All(char.IsAsciiHexDigitLower));
        (await KeyAsync(Plain)).ShouldBe(keys[0]);
    }

    [Test]
    public async Task Parts_of_a_key_do_not_run_into_each_other() =>
        (await KeyAsync(context => Task.FromResult(context.GetIdempotencyKey("b")), stage: "Sa")).ShouldNotBe(
            await KeyAsync(context => Task.FromResult(context.GetIdempotencyKey("ab")), stage: "S"));

    [Test]
    public async Task A_number_and_a_text_that_look_alike_have_two_keys()
    {
        async Task<string> OfAsync(ItemId id)
        {
            Pipeline<int, string> pipeline = PipelineBuilder.StageWithContext<int, string>("Upload", (_, context) => Task.FromResult(context.GetIdempotencyKey("batch"))).WithCheckpoints(new InMemoryCheckpointStore()).Build();
            return (await pipeline.RunAsync([new WorkItem<int>(1) { Id = id }], Lives.Nightly).InTime()).Results[0].Value!;
        }

        (await OfAsync(17)).ShouldNotBe(await OfAsync("17"));
    }

    [Test]
    public async Task A_key_is_the_same_in_every_attempt_and_every_life()
    {
        List<string> keys = [];
        Pipeline<string, string> pipeline = PipelineBuilder.StageWithContext<string, string>("Upload", async (x, context) =>
        {
            keys.Add(context.GetIdempotencyKey("batch"));
            if (context.Attempt == 1)
                throw new InvalidOperationException("once more");
            await _gate.PassAsync(x, context.CancellationToken);
            return x;
        }, configure: s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.Zero)).IdentifyBy(x => x).WithCheckpoints(_store).Build();

        await pipeline.DieAsync(_store, _gate.WhenArrivedAsync(1), "x");
        await pipeline.DieAsync(_store, _gate.WhenArrivedAsync(2), "x");

        keys.Count.ShouldBeGreaterThanOrEqualTo(3);
        keys.Distinct().ShouldHaveSingleItem();
    }

    [Test]
    public async Task What_was_forgotten_is_done_anew_under_another_key_also_in_later_lives()
    {
        List<string> seen = [];
        int made = 0;
        Pipeline<string, string> MakeLife(bool forgets) => PipelineBuilder.StageWithContext<string, string>("Upload", async (_, context) =>
        {
            if (forgets)
                await context.ForgetAsync("batch");
            string batch = await context.OnceAsync("batch", _ => Task.FromResult($"batch {++made}"), find: _ => throw new IOException("nothing was begun since"));
            seen.Add($"{batch} {context.GetIdempotencyKey("batch")}");
            await _gate.PassAsync(batch, context.CancellationToken);
            return batch;
        }).IdentifyBy(x => x).WithCheckpoints(_store, new CheckpointOptions { MaxCrashes = 9 }).Build();

        await MakeLife(forgets: false).DieAsync(_store, _gate.WhenArrivedAsync(1), "x");
        await MakeLife(forgets: true).DieAsync(_store, _gate.WhenArrivedAsync(2), "x");
        await MakeLife(forgets: false).DieAsync(_store, _gate.WhenArrivedAsync(3), "x");

        seen[1].ShouldNotBe(seen[0]);
        seen[2].ShouldBe(seen[1]);
        seen.Select(text => text[..7]).ShouldBe(["batch 1", "batch 2", "batch 2"]);
        seen.Select(text => text[8..]).Distinct().Count().ShouldBe(2);
    }

    [Test]
    public async Task A_life_that_dies_after_forgetting_has_forgotten()
    {
        int made = 0;
        Pipeline<string, string> MakeLife(bool forgets) => PipelineBuilder.StageWithContext<string, string>("Upload", async (_, context) =>
        {
            if (forgets)
                await context.ForgetAsync("batch");
            else
                await context.OnceAsync("batch", _ => Task.FromResult($"batch {++made}"));
            await _gate.PassAsync(context.GetIdempotencyKey("batch"), context.CancellationToken);
            return "done";
        }).IdentifyBy(x => x).WithCheckpoints(_store, new CheckpointOptions { MaxCrashes = 9 }).Build();

        await MakeLife(forgets: false).DieAsync(_store, _gate.WhenArrivedAsync(1), "x");
        await MakeLife(forgets: true).DieAsync(_store, _gate.WhenArrivedAsync(2), "x");
        await MakeLife(forgets: false).DieAsync(_store, _gate.WhenArrivedAsync(3), "x");

        made.ShouldBe(2);
        _gate.Arrivals.Distinct().Count().ShouldBe(2);
        _gate.Arrivals[2].ShouldBe(_gate.Arrivals[1]);
    }

    [Test]
    public async Task What_is_being_done_cannot_be_forgotten_at_the_same_time() =>
        (await KeyAsync(async context =>
        {
            var gate = new Gate<string>();
            Task<string> doing = context.OnceAsync("batch", async token =>
            {
                await gate.PassAsync("x", token);
                return "";
            });
            await gate.WhenArrivedAsync(1);
            InvalidOperationException error = await Task.Run(() => context.ForgetAsync("batch")).CatchAsync<InvalidOperationException>();
            gate.OpenForAll();
            return await doing + error.Message;
        })).ShouldContain("'batch' is being done");
}
