using System.Runtime.CompilerServices;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Runs;

/// <summary>The caller owns the input it gave: when its call returns, nothing reads the input any more, however early the run has ended.</summary>
public sealed class LeavingTheInput
{
    private readonly SteppedTime _time = new();
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _mayGoOn;
    private volatile bool _isLeft;

    [TearDown]
    public void Release() => _mayGoOn = true;

    [Test]
    public async Task Leaving_a_stream_waits_for_the_item_that_is_just_being_taken_and_takes_no_other_one()
    {
        IAsyncEnumerator<PipelineResult<int>> results = Build().StreamAsync(HeldAfterTheFirst()).GetAsyncEnumerator();
        (await results.MoveNextAsync().AsTask().InTime()).ShouldBeTrue();
        await _held.Task.InTime();
        Task leaving = results.DisposeAsync().AsTask();
        await Task.Yield();
        leaving.IsCompleted.ShouldBeFalse();
        _isLeft.ShouldBeFalse();
        _mayGoOn = true;
        await leaving.InTime();

        _isLeft.ShouldBeTrue();
    }

    [Test]
    public async Task An_input_that_does_not_give_its_next_item_is_given_up_like_a_body()
    {
        IAsyncEnumerator<PipelineResult<int>> results = Build().StreamAsync(HeldAfterTheFirst()).GetAsyncEnumerator();
        (await results.MoveNextAsync().AsTask().InTime()).ShouldBeTrue();
        await _held.Task.InTime();
        DateTimeOffset begin = _time.GetUtcNow();
        await _time.DriveAsync(LeaveAsync());

        (_time.GetUtcNow() - begin).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(30));
        _isLeft.ShouldBeFalse();

        async Task<bool> LeaveAsync()
        {
            await results.DisposeAsync();
            return true;
        }
    }

    [Test]
    public async Task Canceling_RunAsync_waits_for_the_item_that_is_just_being_taken()
    {
        using var cancel = new CancellationTokenSource();
        Task<PipelineReport<int>> running = Build().RunAsync(HeldAfterTheFirst(), cancellationToken: cancel.Token);
        await _held.Task.InTime();
        await cancel.CancelAsync();
        await Task.Yield();
        running.IsCompleted.ShouldBeFalse();
        _mayGoOn = true;
        await running.CatchAsync<PipelineCanceledException<int>>();

        _isLeft.ShouldBeTrue();
    }

    [Test]
    public async Task An_input_stream_is_told_by_its_token_that_a_run_has_stopped_by_itself()
    {
        PipelineReport<int> report = await Build(_ => throw new TimeoutException())
            .RunAsync(EndlessAsync(CancellationToken.None), new RunOptions { StopAfterFailures = 1 }).InTime();

        report.FailedCount.ShouldBe(1);
        _isLeft.ShouldBeTrue();
    }

    private Pipeline<int, int> Build(Func<int, int>? body = null) =>
        PipelineBuilder.Stage<int, int>("A", x => body is null ? x : body(x), 1, s => s.Retry = RetryPolicy.None).WithTimeProvider(_time).Build();

    private IEnumerable<int> HeldAfterTheFirst()
    {
        try
        {
            yield return 1;
            _held.SetResult();
            SpinWait.SpinUntil(() => _mayGoOn);
            yield return 2;
            throw new InvalidOperationException("Nobody should ask for another one.");
        }
        finally
        {
            _isLeft = true;
        }
    }

    private async IAsyncEnumerable<int> EndlessAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            yield return 1;
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, cancellationToken);
        }
        finally
        {
            _isLeft = true;
        }
    }
}
