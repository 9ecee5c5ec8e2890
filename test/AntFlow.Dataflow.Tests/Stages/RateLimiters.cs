using System.Threading.RateLimiting;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

/// <summary>A body that asks a rate limiter of the framework, as the page on retries shows it.</summary>
public sealed class RateLimiters
{
    [Test]
    public async Task A_refusal_of_a_limiter_is_no_attempt_and_keeps_no_worker()
    {
        var time = new SteppedTime();
        var gate = new Gate<int>();
        await using var limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 1, QueueLimit = 0 });
        await using PipelineRun<int, int> run = PipelineBuilder
            .Stage<int, int>("Upload", async (x, ct) =>
            {
                using RateLimitLease lease = limiter.AttemptAcquire();
                if (!lease.IsAcquired)
                    throw new NoPermitException();
                await gate.PassAsync(x, ct);
                return x;
            }, workers: 3, s =>
            {
                s.MaxInFlight = 10;
                s.Retry = RetryPolicy.None with { IsThrottle = e => e is NoPermitException, DelayFor = (_, _) => TimeSpan.FromSeconds(5) };
            })
            .WithTimeProvider(time)
            .Build()
            .Start();

        await run.FeedAsync([1, 2, 3]);
        run.Complete();
        await Waiting.UntilAsync(() => run.GetSnapshot() is { InProgress: 1, Retrying: 2 });
        (run.GetSnapshot().Stages[0].Throttled, run.GetSnapshot().Workers.Count(worker => worker.IsBusy)).ShouldBe((2, 1));
        gate.OpenForAll();
        PipelineReport<int> report = await time.DriveAsync(run.Completion);

        report.SucceededCount.ShouldBe(3);
        report.Results.ShouldAllBe(result => result.Attempts == 1);
        report.Snapshot.Stages[0].ThrottledCalls.ShouldBeGreaterThanOrEqualTo(2);
    }

    private sealed class NoPermitException : Exception;
}
