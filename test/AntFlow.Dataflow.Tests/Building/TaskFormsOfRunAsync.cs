using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Building;

/// <summary>The six ways to write a task in one line.</summary>
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

    private static async ValueTask<string> ValueTaskOfValueAsync(int x)
    {
        await Task.Yield();
        return $"{x}!";
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

    private static void Says(PipelineReport<string> report) => report.Results.Select(r => r.Value).ShouldBe(["1!", "2!"]);

    private void Notes(PipelineReport<int> report)
    {
        report.Results.Select(r => r.Value).ShouldBe([1, 2]);
        _noted.Order().ShouldBe([1, 2]);
    }
}
