using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Building;

/// <summary>The twelve ways to write one of several tasks.</summary>
public sealed class TaskFormsOfTask
{
    private static readonly int[] _items = [1, 2];

    private readonly List<int> _noted = [];

    private void Note(int x)
    {
        lock (_noted)
            _noted.Add(x);
    }

    private static string Say(int x, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        return $"{x}!";
    }

    private static string Value(int x) => $"{x}!";

    private static string TokenValue(int x, CancellationToken ct) => Say(x, ct);

    private static string ContextValue(int x, StageContext context) => Say(x, context.CancellationToken);

    private static async Task<string> TaskOfValueAsync(int x)
    {
        await Task.Yield();
        return $"{x}!";
    }

    private static async Task<string> TokenTaskOfValueAsync(int x, CancellationToken ct)
    {
        await Task.Yield();
        return Say(x, ct);
    }

    private static async Task<string> ContextTaskOfValueAsync(int x, StageContext context)
    {
        await Task.Yield();
        return Say(x, context.CancellationToken);
    }

    private static async ValueTask<string> ValueTaskOfValueAsync(int x)
    {
        await Task.Yield();
        return $"{x}!";
    }

    private static async ValueTask<string> TokenValueTaskOfValueAsync(int x, CancellationToken ct)
    {
        await Task.Yield();
        return Say(x, ct);
    }

    private static async ValueTask<string> ContextValueTaskOfValueAsync(int x, StageContext context)
    {
        await Task.Yield();
        return Say(x, context.CancellationToken);
    }

    private async Task TaskAsync(int x)
    {
        await Task.Yield();
        Note(x);
    }

    private async Task TokenTaskAsync(int x, CancellationToken ct)
    {
        await Task.Yield();
        ct.ThrowIfCancellationRequested();
        Note(x);
    }

    private async Task ContextTaskAsync(int x, StageContext context)
    {
        await Task.Yield();
        context.Attempt.ShouldBe(1);
        Note(x);
    }

    [Test]
    public async Task Value_as_a_lambda()
    {
        PipelineBuilder<int, string> builder = PipelineBuilder.StageWithTasks<int, string>("A", t => t.Task("one", x => $"{x}!"));
        Says(await builder.RunAsync(_items));
    }

    [Test]
    public async Task Value_as_a_method()
    {
        PipelineBuilder<int, string> builder = PipelineBuilder.StageWithTasks<int, string>("A", t => t.Task("one", Value));
        Says(await builder.RunAsync(_items));
    }

    [Test]
    public async Task TokenValue_as_a_lambda()
    {
        PipelineBuilder<int, string> builder = PipelineBuilder.StageWithTasks<int, string>("A", t => t.Task("one", (x, ct) => Say(x, ct)));
        Says(await builder.RunAsync(_items));
    }

    [Test]
    public async Task TokenValue_as_a_method()
    {
        PipelineBuilder<int, string> builder = PipelineBuilder.StageWithTasks<int, string>("A", t => t.Task("one", TokenValue));
        Says(await builder.RunAsync(_items));
    }

    [Test]
    public async Task ContextValue_as_a_lambda()
    {
        PipelineBuilder<int, string> builder = PipelineBuilder.StageWithTasks<int, string>("A", t => t.TaskWithContext("one", (int x, StageContext context) => $"{x}!{context.Attempt}"[..2]));
        Says(await builder.RunAsync(_items));
    }

    [Test]
    public async Task ContextValue_as_a_method()
    {
        PipelineBuilder<int, string> builder = PipelineBuilder.StageWithTasks<int, string>("A", t => t.TaskWithContext("one", ContextValue));
        Says(await builder.RunAsync(_items));
    }

    [Test]
    public async Task TaskOfValue_as_a_lambda()
    {
        PipelineBuilder<int, string> builder = PipelineBuilder.StageWithTasks<int, string>("A", t => t.Task("one", async x => { await Task.Yield(); return $"{x}!"; }));
        Says(await builder.RunAsync(_items));
    }

    [Test]
    public async Task TaskOfValue_as_a_method()
    {
        PipelineBuilder<int, string> builder = PipelineBuilder.StageWithTasks<int, string>("A", t => t.Task("one", TaskOfValueAsync));
        Says(await builder.RunAsync(_items));
    }

    [Test]
    public async Task TokenTaskOfValue_as_a_lambda()
    {
        PipelineBuilder<int, string> builder = PipelineBuilder.StageWithTasks<int, string>("A", t => t.Task("one", async (x, ct) => { await Task.Yield(); return Say(x, ct); }));
        Says(await builder.RunAsync(_items));
    }

    [Test]
    public async Task TokenTaskOfValue_as_a_method()
    {
        PipelineBuilder<int, string> builder = PipelineBuilder.StageWithTasks<int, string>("A", t => t.Task("one", TokenTaskOfValueAsync));
        Says(await builder.RunAsync(_items));
    }

    [Test]
    public async Task ContextTaskOfValue_as_a_lambda()
    {
        PipelineBuilder<int, string> builder = PipelineBuilder.StageWithTasks<int, string>("A", t => t.TaskWithContext("one", async (int x, StageContext context) => { await Task.Yield(); return Say(x, context.CancellationToken); }));
        Says(await builder.RunAsync(_items));
    }

    [Test]
    public async Task ContextTaskOfValue_as_a_method()
    {
        PipelineBuilder<int, string> builder = PipelineBuilder.StageWithTasks<int, string>("A", t => t.TaskWithContext("one", ContextTaskOfValueAsync));
        Says(await builder.RunAsync(_items));
    }

    [Test]
    public async Task ValueTaskOfValue_as_a_lambda()
    {
        PipelineBuilder<int, string> builder = PipelineBuilder.StageWithTasks<int, string>("A", t => t.Task("one", x => new ValueTask<string>($"{x}!")));
        Says(await builder.RunAsync(_items));
    }

    [Test]
    public async Task ValueTaskOfValue_as_a_method()
    {
        PipelineBuilder<int, string> builder = PipelineBuilder.StageWithTasks<int, string>("A", t => t.Task("one", ValueTaskOfValueAsync));
        Says(await builder.RunAsync(_items));
    }

    [Test]
    public async Task TokenValueTaskOfValue_as_a_lambda()
    {
        PipelineBuilder<int, string> builder = PipelineBuilder.StageWithTasks<int, string>("A", t => t.Task("one", (x, ct) => new ValueTask<string>(Say(x, ct))));
        Says(await builder.RunAsync(_items));
    }

    [Test]
    public async Task TokenValueTaskOfValue_as_a_method()
    {
        PipelineBuilder<int, string> builder = PipelineBuilder.StageWithTasks<int, string>("A", t => t.Task("one", TokenValueTaskOfValueAsync));
        Says(await builder.RunAsync(_items));
    }

    [Test]
    public async Task ContextValueTaskOfValue_as_a_lambda()
    {
        PipelineBuilder<int, string> builder = PipelineBuilder.StageWithTasks<int, string>("A", t => t.TaskWithContext("one", (int x, StageContext context) => new ValueTask<string>(Say(x, context.CancellationToken))));
        Says(await builder.RunAsync(_items));
    }

    [Test]
    public async Task ContextValueTaskOfValue_as_a_method()
    {
        PipelineBuilder<int, string> builder = PipelineBuilder.StageWithTasks<int, string>("A", t => t.TaskWithContext("one", ContextValueTaskOfValueAsync));
        Says(await builder.RunAsync(_items));
    }

    [Test]
    public async Task Task_as_a_lambda()
    {
        PipelineBuilder<int, int> builder = PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("one", async x => { await Task.Yield(); Note(x); }));
        Notes(await builder.RunAsync(_items));
    }

    [Test]
    public async Task Task_as_a_method()
    {
        PipelineBuilder<int, int> builder = PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("one", TaskAsync));
        Notes(await builder.RunAsync(_items));
    }

    [Test]
    public async Task TokenTask_as_a_lambda()
    {
        PipelineBuilder<int, int> builder = PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("one", async (x, ct) => { await Task.Yield(); ct.ThrowIfCancellationRequested(); Note(x); }));
        Notes(await builder.RunAsync(_items));
    }

    [Test]
    public async Task TokenTask_as_a_method()
    {
        PipelineBuilder<int, int> builder = PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("one", TokenTaskAsync));
        Notes(await builder.RunAsync(_items));
    }

    [Test]
    public async Task ContextTask_as_a_lambda()
    {
        PipelineBuilder<int, int> builder = PipelineBuilder.StageWithTasks<int, int>("A", t => t.TaskWithContext("one", async (int x, StageContext context) => { await Task.Yield(); context.Attempt.ShouldBe(1); Note(x); }));
        Notes(await builder.RunAsync(_items));
    }

    [Test]
    public async Task ContextTask_as_a_method()
    {
        PipelineBuilder<int, int> builder = PipelineBuilder.StageWithTasks<int, int>("A", t => t.TaskWithContext("one", ContextTaskAsync));
        Notes(await builder.RunAsync(_items));
    }

    private static void Says(PipelineReport<string> report) => report.Results.Select(r => r.Value).ShouldBe(["1!", "2!"]);

    private void Notes(PipelineReport<int> report)
    {
        report.Results.Select(r => r.Value).ShouldBe([1, 2]);
        _noted.Order().ShouldBe([1, 2]);
    }
}
