using System.Threading.Tasks.Sources;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

/// <summary>What a body returns may be a <see cref="ValueTask{TResult}"/> over something that is used again once its result was taken: it is taken once, however the attempt ends.</summary>
public sealed class ValueTasksAreAwaitedOnce
{
    private readonly SteppedTime _time = new();
    private readonly CallSource _source = new();

    [Test]
    public async Task When_it_has_ended_at_once([Values] bool it_throws)
    {
        _source.End(it_throws);
        PipelineReport<int> report = await Build().RunAsync([1]).InTime();

        report.SucceededCount.ShouldBe(it_throws ? 0 : 1);
        (_source.Results, _source.Continuations).ShouldBe((1, 0));
    }

    [Test]
    public async Task When_it_ends_later([Values] bool it_throws)
    {
        Task<PipelineReport<int>> running = Build().RunAsync([1]);
        await _source.Awaited.InTime();
        _source.End(it_throws);
        PipelineReport<int> report = await running.InTime();

        report.SucceededCount.ShouldBe(it_throws ? 0 : 1);
        (_source.Results, _source.Continuations).ShouldBe((1, 1));
        if (it_throws)
            report.Results[0].Error.ShouldBeOfType<InvalidDataException>();
    }

    [Test]
    public async Task When_its_item_was_abandoned_and_it_ends_after_that([Values] bool it_throws)
    {
        PipelineRun<int, int> run = Build().Start();
        await run.FeedOneAsync(1);
        await _source.Awaited.InTime();
        Task disposing = run.DisposeAsync().AsTask();
        await _time.WhenPendingAsync(1);
        _time.Advance(TimeSpan.FromSeconds(30));
        await disposing.InTime();
        (await run.Completion).Results.ShouldHaveSingleItem().WasAbandoned.ShouldBeTrue();
        _source.End(it_throws);
        await Waiting.UntilAsync(() => run.GetSnapshot().Workers.All(worker => !worker.IsBusy));

        (_source.Results, _source.Continuations).ShouldBe((1, 1));
    }

    private Pipeline<int, int> Build() =>
        PipelineBuilder.Stage<int, int>("A", _ => _source.Call(), 1, s => s.Retry = RetryPolicy.None).WithTimeProvider(_time).Build();

    /// <summary>One call. Counts what is asked of it.</summary>
    private sealed class CallSource : IValueTaskSource<int>
    {
        private readonly TaskCompletionSource _awaited = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private ManualResetValueTaskSourceCore<int> _core = new() { RunContinuationsAsynchronously = true };
        private int _results;
        private int _continuations;

        public int Results => Volatile.Read(ref _results);

        public int Continuations => Volatile.Read(ref _continuations);

        public Task Awaited => _awaited.Task;

        public ValueTask<int> Call() => new(this, _core.Version);

        public void End(bool throws)
        {
            if (throws)
                _core.SetException(new InvalidDataException("of the body"));
            else
                _core.SetResult(1);
        }

        public ValueTaskSourceStatus GetStatus(short token) => _core.GetStatus(token);

        public int GetResult(short token)
        {
            Interlocked.Increment(ref _results);
            return _core.GetResult(token);
        }

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        {
            Interlocked.Increment(ref _continuations);
            _core.OnCompleted(continuation, state, token, flags);
            _awaited.TrySetResult();
        }
    }
}
