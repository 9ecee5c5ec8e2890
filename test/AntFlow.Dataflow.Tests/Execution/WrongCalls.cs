using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Execution;

public sealed class WrongCalls
{
    [Test]
    public async Task Wrong_input_is_refused_at_the_call()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => new AsyncExecutor(0)).ParamName.ShouldBe("maxWorkers");
        new AsyncExecutor().MaxWorkers.ShouldBe(5);
        await using var executor = new AsyncExecutor();
        Should.Throw<ArgumentNullException>(() => { _ = executor.Submit((Func<int>)null!); });
        Should.Throw<PipelineConfigurationException>(() => { _ = executor.Submit(() => 1, new SubmitOptions { ItemTimeout = TimeSpan.Zero, Retry = RetryPolicy.Fixed(0, TimeSpan.Zero) }); }).Faults.ShouldBe(
            [
                "SubmitOptions.ItemTimeout is 00:00:00; it must be above 00:00:00.",
                "SubmitOptions.Retry.Attempts is 0; it must be at least 1 (the first attempt counts).",
            ]);
        RetryPolicy shrinking = RetryPolicy.Exponential(3, TimeSpan.FromSeconds(5), maxDelay: TimeSpan.FromSeconds(1));
        Should.Throw<PipelineConfigurationException>(() => { _ = executor.Submit(() => 1, new SubmitOptions { ItemTimeout = TimeSpan.FromDays(50), Retry = shrinking }); }).Faults.ShouldBe(
            [
                "SubmitOptions.ItemTimeout is 50.00:00:00; it must be at most 49 days.",
                "SubmitOptions.Retry.MaxDelay is 00:00:01, below Retry.Delay, which is 00:00:05; it must be at least that, or null for no limit.",
            ]);
        Should.Throw<PipelineConfigurationException>(() => { _ = executor.Submit(() => 1, new SubmitOptions { Retry = null! }); }).Faults.ShouldBe(["SubmitOptions.Retry is null; it must have a value."]);
        Task<int>? nothing = null;
        (await executor.Submit(() => nothing!).CatchAsync<InvalidOperationException>()).Message.ShouldBe("The task returned null where a Task was expected.");
    }
}
