using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Building;

/// <summary>The twelve ways to write a task in one line.</summary>
public sealed class TaskFormsOfRunAsync
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
        Says(await Pipeline.RunAsync(_items, x => $"{x}!"));
    }

    [Test]
    public async Task Value_as_a_method()
    {
        Says(await Pipeline.RunAsync(_items, Value));
    }

    [Test]
    public async Task TokenValue_as_a_lambda()
    {
        Says(await Pipeline.RunAsync(_items, (x, ct) => Say(x, ct)));
    }

    [Test]
    public async Task TokenValue_as_a_method()
    {
        Says(await Pipeline.RunAsync(_items, TokenValue));
    }

    [Test]
    public async Task ContextValue_as_a_lambda()
    {
        Says(await Pipeline.RunAsync(_items, (int x, StageContext context) => $"{x}!{context.Attempt}"[..2]));
    }

    [Test]
    public async Task ContextValue_as_a_method()
    {
        Says(await Pipeline.RunAsync(_items, ContextValue));
    }

    [Test]
    public async Task TaskOfValue_as_a_lambda()
    {
        Says(await Pipeline.RunAsync(_items, async x => { await Task.Yield(); return $"{x}!"; }));
    }

    [Test]
    public async Task TaskOfValue_as_a_method()
    {
        Says(await Pipeline.RunAsync(_items, TaskOfValueAsync));
    }

    [Test]
    public async Task TokenTaskOfValue_as_a_lambda()
    {
        Says(await Pipeline.RunAsync(_items, async (x, ct) => { await Task.Yield(); return Say(x, ct); }));
    }

    [Test]
    public async Task TokenTaskOfValue_as_a_method()
    {
        Says(await Pipeline.RunAsync(_items, TokenTaskOfValueAsync));
    }

    [Test]
    public async Task ContextTaskOfValue_as_a_lambda()
    {
        Says(await Pipeline.RunAsync(_items, async (int x, StageContext context) => { await Task.Yield(); return Say(x, context.CancellationToken); }));
    }

    [Test]
    public async Task ContextTaskOfValue_as_a_method()
    {
        Says(await Pipeline.RunAsync(_items, ContextTaskOfValueAsync));
    }

    [Test]
    public async Task ValueTaskOfValue_as_a_lambda()
    {
        Says(await Pipeline.RunAsync(_items, x => new ValueTask<string>($"{x}!")));
    }

    [Test]
    public async Task ValueTaskOfValue_as_a_method()
    {
        Says(await Pipeline.RunAsync(_items, ValueTaskOfValueAsync));
    }

    [Test]
    public async Task TokenValueTaskOfValue_as_a_lambda()
    {
        Says(await Pipeline.RunAsync(_items, (x, ct) => new ValueTask<string>(Say(x, ct))));
    }

    [Test]
    public async Task TokenValueTaskOfValue_as_a_method()
    {
        Says(await Pipeline.RunAsync(_items, TokenValueTaskOfValueAsync));
    }

    [Test]
    public async Task ContextValueTaskOfValue_as_a_lambda()
    {
        Says(await Pipeline.RunAsync(_items, (int x, StageContext context) => new ValueTask<string>(Say(x, context.CancellationToken))));
    }

    [Test]
    public async Task ContextValueTaskOfValue_as_a_method()
    {
        Says(await Pipeline.RunAsync(_items, ContextValueTaskOfValueAsync));
    }

    [Test]
    public async Task Task_as_a_lambda()
    {
        Notes(await Pipeline.RunAsync(_items, async x => { await Task.Yield(); Note(x); }));
    }

    [Test]
    public async Task Task_as_a_method()
    {
        Notes(await Pipeline.RunAsync(_items, TaskAsync));
    }

    [Test]
    public async Task TokenTask_as_a_lambda()
    {
        Notes(await Pipeline.RunAsync(_items, async (x, ct) => { await Task.Yield(); ct.ThrowIfCancellationRequested(); Note(x); }));
    }

    [Test]
    public async Task TokenTask_as_a_method()
    {
        Notes(await Pipeline.RunAsync(_items, TokenTaskAsync));
    }

    [Test]
    public async Task ContextTask_as_a_lambda()
    {
        Notes(await Pipeline.RunAsync(_items, async (int x, StageContext context) => { await Task.Yield(); context.Attempt.ShouldBe(1); Note(x); }));
    }

    [Test]
    public async Task ContextTask_as_a_method()
    {
        Notes(await Pipeline.RunAsync(_items, ContextTaskAsync));
    }

    private static void Says(PipelineReport<string> report) => report.Results.Select(r => r.Value).ShouldBe(["1!", "2!"]);

    private void Notes(PipelineReport<int> report)
    {
        report.Results.Select(r => r.Value).ShouldBe([1, 2]);
        _noted.Order().ShouldBe([1, 2]);
    }
}
