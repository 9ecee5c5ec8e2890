using System.Globalization;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

/// <summary>A call that has not ended when it comes back is awaited as what it is, and its end is that of the attempt.</summary>
public sealed class CallsThatEndLater
{
    public enum Form
    {
        Task,
        ValueTaskOfTask,
        ValueTask,
        TaskOfNoValue,
    }

    public enum End
    {
        Value,
        Throws,
        Canceled,
    }

    private readonly TaskCompletionSource<int> _call = new();
    private readonly TaskCompletionSource _allWait = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _awaited;
    private int _waiting;

    [Test]
    public async Task Whatever_its_form_and_however_it_ends([Values] Form form, [Values] End end, [Values(1, 4)] int items)
    {
        // All of them wait for the same one.
        _awaited = items;
        Task<PipelineReport<int>> running = Build(form, items).RunAsync(Enumerable.Repeat(7, items));
        await _allWait.Task.InTime();
        var own = new InvalidDataException("own");
        (end switch
        {
            End.Value => _call.TrySetResult(7),
            End.Throws => _call.TrySetException(own),
            _ => _call.TrySetCanceled(),
        }).ShouldBeTrue();
        PipelineReport<int> report = await running.InTime();

        report.Results.Count.ShouldBe(items);
        foreach (PipelineResult<int> result in report.Results)
        {
            result.Status.ShouldBe(end == End.Value ? ResultStatus.Succeeded : ResultStatus.Failed);
            if (end == End.Value)
                result.Value.ShouldBe(7);
            else if (end == End.Throws)
                result.Error.ShouldBeSameAs(own);
            else
                result.Error.ShouldBeOfType<TaskCanceledException>();
        }
    }

    [Test]
    public async Task By_one_worker_whose_calls_make_other_things_each_time()
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage(Stage.CreateWithTasks<int, int>("A", tasks => tasks
            .Task("text", async (int x) =>
            {
                await Task.Yield();
                return x.ToString(CultureInfo.InvariantCulture);
            })
            .Task("length", (string x) => Task.FromResult((long)x.Length))
            .Task("double", async ValueTask<double> (long x) =>
            {
                await Task.Yield();
                return x / 2.0;
            })
            .Task("nothing", async (double _) => await Task.Yield())
            .Task("text again", async (double x) =>
            {
                await Task.Yield();
                return (x * 2).ToString(CultureInfo.InvariantCulture);
            })
            .Task("number", async (string x) =>
            {
                await Task.Yield();
                return int.Parse(x, CultureInfo.InvariantCulture);
            }), workers: 1)).Build();
        int[] input = [.. Enumerable.Range(0, 200)];

        PipelineReport<int> report = await pipeline.RunAsync(input).InTime();

        report.Results.Select(result => result.Value).ShouldBe(input.Select(x => x.ToString(CultureInfo.InvariantCulture).Length));
    }

    private Pipeline<int, int> Build(Form form, int workers)
    {
        PipelineBuilder<int, int> builder = form switch
        {
            Form.Task => PipelineBuilder.Stage<int, int>("A", _ => Call(), workers, NoRetry),
            Form.ValueTaskOfTask => PipelineBuilder.Stage<int, int>("A", _ => new ValueTask<int>(Call()), workers, NoRetry),
            Form.ValueTask => PipelineBuilder.Stage<int, int>("A", async ValueTask<int> (_) => await Call(), workers, NoRetry),
            _ => PipelineBuilder.Stage<int>("A", _ => (Task)Call(), workers, NoRetry),
        };
        return builder.Build();
    }

    private static void NoRetry(StageOptions<int, int> options) => options.Retry = RetryPolicy.None;

    private Task<int> Call()
    {
        if (Interlocked.Increment(ref _waiting) == _awaited)
            _allWait.TrySetResult();
        return _call.Task;
    }
}
