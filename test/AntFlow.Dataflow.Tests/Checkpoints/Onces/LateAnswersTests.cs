using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints.Onces;

/// <summary>Answers that arrive when nothing waits for them any more, and what is forgotten, with a store and without.</summary>
public sealed class LateAnswersTests
{
    private readonly SteppedTime _time = new();
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private readonly Gate<string> _gate = new();
    private int _made;

    private Pipeline<string, string> Make(bool hasStore, Func<string, StageContext, Task<string>> body, TimeSpan? timeout = null)
    {
        PipelineBuilder<string, string> builder = PipelineBuilder.StageWithContext<string, string>("Upload", body, configure: s =>
        {
            s.Retry = RetryPolicy.Fixed(3, TimeSpan.Zero);
            s.AttemptTimeout = timeout;
        }).IdentifyBy(x => x).WithTimeProvider(_time);
        return (hasStore ? builder.WithCheckpoints(_store) : builder).Build();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task The_answer_of_an_attempt_that_ran_out_of_time_is_given_to_the_next(bool hasStore)
    {
        Pipeline<string, string> pipeline = Make(hasStore, (x, context) => context.OnceAsync("batch", async _ =>
        {
            // The provider does not know of our token.
            await _gate.PassAsync(x, CancellationToken.None);
            return $"batch {++_made}";
        }), timeout: TimeSpan.FromSeconds(10));
        await using PipelineRun<string, string> run = pipeline.Start(Lives.Nightly);
        await run.FeedAsync(["x"]).InTime();
        await _gate.WhenArrivedAsync(1);
        await _time.StepAsync(10);
        _gate.OpenForAll();
        run.Complete();

        (await _time.DriveAsync(run.Completion)).Results.ShouldHaveSingleItem().Value.ShouldBe("batch 1");
        _gate.Arrivals.Count.ShouldBe(1);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task What_is_forgotten_is_done_anew_under_another_key_and_nobody_is_asked_for_it(bool hasStore)
    {
        List<string> keys = [];
        Pipeline<string, string> pipeline = Make(hasStore, async (_, context) =>
        {
            keys.Add(context.GetIdempotencyKey("batch"));
            string batch = await context.OnceAsync("batch", _ => Task.FromResult($"batch {++_made}"), find: _ => throw new IOException("nothing was begun since"));
            if (context.Attempt == 3)
                return batch;
            await context.ForgetAsync("batch");
            throw new InvalidOperationException($"{batch} has failed at the provider.");
        });

        PipelineReport<string> report = await _time.DriveAsync(pipeline.RunAsync(["x"], Lives.Nightly));

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("batch 3");
        keys.Distinct().Count().ShouldBe(3);
    }

    [Test]
    public async Task Without_a_store_it_is_remembered_for_the_item_and_the_run_alone()
    {
        Pipeline<string, string> pipeline = Make(hasStore: false, (_, context) => context.OnceAsync("batch", _ => Task.FromResult($"batch {++_made}")));

        (await pipeline.RunAsync(["x", "y"], Lives.Nightly).InTime()).Results.Select(result => result.Value).Distinct().Count().ShouldBe(2);
        await pipeline.RunAsync(["x"], Lives.Nightly).InTime();

        _made.ShouldBe(3);
    }
}
