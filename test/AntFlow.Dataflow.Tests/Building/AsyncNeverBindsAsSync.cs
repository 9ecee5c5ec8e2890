using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Building;

public sealed class AsyncNeverBindsAsSync
{
    [Test]
    public async Task Lambdas_of_all_shapes_resolve_as_wanted()
    {
        List<int> notified = [];
        Task NotifyAsync(int x)
        {
            notified.Add(x);
            return Task.CompletedTask;
        }

        PipelineBuilder<int, int> builder = PipelineBuilder
            .Stage<int, int>("A", x => x)
            .Then("B", x => x)
            .Then("C", (x, ct) => 1)
            .Then("D", async x => { await NotifyAsync(x); });

        PipelineReport<int> report = await builder.RunAsync([5]);

        report.Results[0].Value.ShouldBe(1);
        notified.ShouldBe([1]);
    }

    [Test]
    public void An_async_method_gives_its_value_not_its_task()
    {
        PipelineBuilder<int, string> task = PipelineBuilder.Stage<int, int>("A", x => x).Then("B", TextAsync);
        PipelineBuilder<int, string> valueTask = PipelineBuilder.Stage<int, int>("A", x => x).Then("B", TextValueAsync);
        PipelineBuilder<int, int> plain = PipelineBuilder.Stage<int, int>("A", x => x).Then("B", PlainAsync);

        task.Build().Stages.Count.ShouldBe(2);
        valueTask.Build().Stages.Count.ShouldBe(2);
        plain.Build().Stages.Count.ShouldBe(2);
    }

    [Test]
    public void A_stage_that_gives_a_Task_or_ValueTask_is_refused()
    {
        // Only by force: Func<int, Task<Task<int>>>.
        Refusal(PipelineBuilder.Stage<int, Task<int>>("A", async x =>
        {
            await Task.Yield();
            return Task.FromResult(x);
        })).ShouldStartWith("Stage 'A': ");
        Refusal(PipelineBuilder.Stage<int, ValueTask<int>>("A", async x =>
        {
            await Task.Yield();
            return new ValueTask<int>(x);
        })).ShouldContain("would never be awaited");
        Refusal(PipelineBuilder.Stage<int, ValueTask>("A", async x =>
        {
            await Task.Yield();
            return default;
        })).ShouldContain("would never be awaited");
    }

    [Test]
    public async Task A_value_that_turns_out_to_be_a_task_fails_the_attempt()
    {
        PipelineReport<object> report = await PipelineBuilder
            .StageWithTasks<int, object>("A", t => t.Task("x", (int _) => (object)Task.CompletedTask), workers: 1, s => s.Retry = RetryPolicy.None)
            .RunAsync([1]);

        report.Results[0].Status.ShouldBe(ResultStatus.Failed);
        report.Results[0].Error!.Message.ShouldStartWith("Task 'x' returned a Task that is never awaited");
    }

    [Test]
    public async Task It_is_a_failed_attempt_like_any_other_whatever_kind_of_task_it_is()
    {
        foreach (object hidden in (object[])[Task.FromResult(1), default(ValueTask), new ValueTask<int>(1)])
        {
            int calls = 0;
            PipelineReport<object> report = await PipelineBuilder
                .StageWithTasks<int, object>("A", t => t.Task("x", int (int x) => x).Task("y", (int x) => ++calls == 1 ? hidden : x), workers: 1, s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.Zero))
                .RunAsync([5]);

            (report.Results[0].Value, report.Results[0].Attempts).ShouldBe((5, 2), hidden.GetType().Name);
        }
    }

    private static string Refusal<TIn, TOut>(PipelineBuilder<TIn, TOut> builder) =>
        Should.Throw<PipelineConfigurationException>(() => builder.Build()).Message;

    private static async Task<string> TextAsync(int x)
    {
        await Task.Yield();
        return $"{x}";
    }

    private static async ValueTask<string> TextValueAsync(int x)
    {
        await Task.Yield();
        return $"{x}";
    }

    private static async Task PlainAsync(int x) => await Task.Yield();
}
