using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints.Onces;

/// <summary>What is done once and has no answer.</summary>
public sealed class WithoutAnswerTests
{
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private int _sent;

    private Task SendAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _sent);
        return Task.CompletedTask;
    }

    private Pipeline<string, string> Make(Func<string, StageContext, Task<string>> body, int attempts = 1) =>
        PipelineBuilder.StageWithContext<string, string>("Send", body, workers: 4, s => s.Retry = RetryPolicy.Fixed(attempts, TimeSpan.Zero)).IdentifyBy(x => x).WithCheckpoints(_store).Build();

    [Test]
    public async Task Is_done_by_one_attempt_and_by_none_after_it()
    {
        PipelineReport<string> report = await Make(attempts: 3, body: async (x, context) =>
        {
            await context.OnceAsync("mail", SendAsync);
            return context.Attempt < 3 ? throw new InvalidOperationException("not yet") : x;
        }).LiveAsync("x");

        report.SucceededCount.ShouldBe(1);
        _sent.ShouldBe(1);
    }

    [Test]
    public async Task Is_known_to_be_done_in_the_next_run()
    {
        var gate = new Gate<string>();
        await Make(async (x, context) =>
        {
            await context.OnceAsync("mail", ct => SendAsync(ct));
            await gate.PassAsync(x, context.CancellationToken);
            return x;
        }).DieAsync(_store, gate.WhenArrivedAsync(1), "x");

        PipelineReport<string> report = await Make(async (x, context) =>
        {
            await context.OnceAsync("mail", async ct => await SendAsync(ct));
            return x;
        }).LiveAsync("x");

        report.SucceededCount.ShouldBe(1);
        _sent.ShouldBe(1);
    }

    [Test]
    public async Task Is_asked_for_where_a_body_threw([Values] bool wasDone)
    {
        int asked = 0;
        PipelineReport<string> report = await Make(attempts: 2, body: async (x, context) =>
        {
            await context.OnceAsync(
                "mail",
                async ct =>
                {
                    await SendAsync(ct);
                    if (context.Attempt == 1)
                        throw new TimeoutException("who knows");
                },
                find: _ => Task.FromResult(asked++ == 0 && wasDone));
            return x;
        }).LiveAsync("x");

        report.SucceededCount.ShouldBe(1);
        asked.ShouldBe(1);
        _sent.ShouldBe(wasDone ? 1 : 2);
    }

    [Test]
    public async Task A_body_that_makes_something_is_taken_for_one_with_an_answer()
    {
        string? answer = null;

        await Make(async (x, context) => answer = await context.OnceAsync("mail", async ct =>
        {
            await SendAsync(ct);
            return "sent";
        })).LiveAsync("x");

        answer.ShouldBe("sent");
    }
}
