using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

/// <summary>The table "How an attempt ends", row by row.</summary>
public sealed class HowAnAttemptEnds
{
    private readonly SteppedTime _time = new();

    [Test]
    public async Task A_value_is_a_success()
    {
        PipelineResult<string?> result = await RunOneAsync<string?>((_, _) => Task.FromResult<string?>(null));

        result.IsSuccess.ShouldBeTrue();
        result.Value.ShouldBeNull();
        result.Error.ShouldBeNull();
        result.StageInput.ShouldBeNull();
    }

    [Test]
    public async Task A_value_returned_late_is_a_success()
    {
        PipelineResult<int> result = await RunOneAsync(async (x, _) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(10), _time, CancellationToken.None);
            return x;
        }, s => s.AttemptTimeout = TimeSpan.FromSeconds(1), async () =>
        {
            await _time.WhenPendingAsync(2);
            await _time.StepAsync(1);
            await _time.StepAsync(9);
        });

        result.IsSuccess.ShouldBeTrue();
        result.Attempts.ShouldBe(1);
    }

    [Test]
    public async Task Throwing_after_the_run_was_canceled_is_Canceled_with_the_original_inside()
    {
        var gate = new Gate<int>();
        PipelineRun<int, int> run = Build<int>(async (x, ct) =>
        {
            try
            {
                await gate.PassAsync(x, ct);
                return x;
            }
            catch (OperationCanceledException canceled)
            {
                throw new InvalidDataException("while canceling", canceled);
            }
        }).Start();
        await run.FeedOneAsync(1);
        await gate.WhenArrivedAsync(1);
        await run.DisposeAsync();
        PipelineReport<int> report = await run.Completion.InTime();

        report.Results[0].Status.ShouldBe(ResultStatus.Canceled);
        report.Results[0].Error.ShouldBeAssignableTo<OperationCanceledException>();
        report.Results[0].Error!.InnerException.ShouldBeOfType<InvalidDataException>().Message.ShouldBe("while canceling");
        report.FailedCount.ShouldBe(0);
        report.Errors.TotalFailed.ShouldBe(0);
    }

    [Test]
    public async Task Throwing_after_the_timeout_is_a_failed_attempt_with_the_original_inside()
    {
        PipelineResult<int> result = await RunOneAsync<int>(async (_, _) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(10), _time, CancellationToken.None);
            throw new InvalidDataException("late");
        }, s =>
        {
            s.AttemptTimeout = TimeSpan.FromSeconds(1);
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(5));
        }, async () =>
        {
            await _time.WhenPendingAsync(2);
            await _time.StepAsync(1);
            await _time.StepAsync(9);
            await _time.StepAsync(5);
            await _time.WhenPendingAsync(2);
            await _time.StepAsync(1);
            await _time.StepAsync(9);
        });

        result.Status.ShouldBe(ResultStatus.Failed);
        result.Attempts.ShouldBe(2);
        AttemptTimeoutException error = result.Error.ShouldBeOfType<AttemptTimeoutException>();
        error.InnerException.ShouldBeOfType<InvalidDataException>();
        (error.ItemId, error.Stage, error.Attempt, error.Timeout, error.IsItemTimeout).ShouldBe((result.ItemId, "A", 2, TimeSpan.FromSeconds(1), false));
    }

    [Test]
    public async Task Throwing_what_IsThrottle_accepts_after_the_timeout_is_a_failed_attempt_all_the_same()
    {
        PipelineResult<int> result = await RunOneAsync<int>(async (_, _) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(10), _time, CancellationToken.None);
            throw new HttpRequestException("429");
        }, s =>
        {
            s.AttemptTimeout = TimeSpan.FromSeconds(1);
            s.Retry = RetryPolicy.None with { IsThrottle = _ => true };
        }, async () =>
        {
            await _time.WhenPendingAsync(2);
            await _time.StepAsync(1);
            await _time.StepAsync(9);
        });

        (result.Status, result.Attempts).ShouldBe((ResultStatus.Failed, 1));
        result.Error.ShouldBeOfType<AttemptTimeoutException>().InnerException.ShouldBeOfType<HttpRequestException>();
    }

    [Test]
    public async Task A_body_that_gives_in_to_its_timeout_is_a_failed_attempt()
    {
        PipelineResult<int> result = await RunOneAsync(async (x, ct) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(10), _time, ct);
            return x;
        }, s =>
        {
            s.AttemptTimeout = TimeSpan.FromSeconds(1);
            s.Retry = RetryPolicy.None;
        }, () => _time.StepAsync(1));

        result.Error.ShouldBeOfType<AttemptTimeoutException>().InnerException.ShouldBeAssignableTo<OperationCanceledException>();
    }

    [Test]
    public async Task An_OperationCanceledException_of_their_own_is_a_failed_attempt_like_any_other() =>
        await IsFailedAttemptAsync<OperationCanceledException>((_, _) => throw new OperationCanceledException("own"));

    [Test]
    public async Task A_canceled_task_is_a_failed_attempt_like_any_other() =>
        await IsFailedAttemptAsync<TaskCanceledException>((_, _) => Task.FromCanceled<int>(new CancellationToken(canceled: true)));

    [Test]
    public async Task A_null_task_is_a_failed_attempt_like_any_other() =>
        await IsFailedAttemptAsync<InvalidOperationException>((_, _) => Nothing<Task<int>>());

    [Test]
    public async Task Anything_else_is_a_failed_attempt() =>
        await IsFailedAttemptAsync<BadImageFormatException>((_, _) => throw new BadImageFormatException("x"));

    [Test]
    public async Task What_IsThrottle_accepts_is_no_attempt()
    {
        int calls = 0;
        List<int> attempts = [];
        Pipeline<int, int> pipeline = PipelineBuilder.StageWithContext<int, int>("A", (int x, StageContext context) =>
        {
            attempts.Add(context.Attempt);
            return ++calls <= 5 ? throw new HttpRequestException("429") : x;
        }, 1, s => s.Retry = RetryPolicy.None with { IsThrottle = e => e is HttpRequestException }).WithTimeProvider(_time).Build();

        PipelineReport<int> report = await _time.DriveAsync(pipeline.RunAsync([1]));

        report.Results[0].IsSuccess.ShouldBeTrue();
        report.Results[0].Attempts.ShouldBe(1);
        attempts.ShouldBe([1, 1, 1, 1, 1, 1]);
        report.Snapshot.Stages[0].ThrottledCalls.ShouldBe(5);
    }

    [Test]
    public async Task A_throttled_item_does_not_use_up_its_attempts()
    {
        Queue<Exception> errors = new([new HttpRequestException("429"), new TimeoutException("1"), new HttpRequestException("429"), new HttpRequestException("429")]);
        PipelineResult<int> result = await RunOneAsync(
            (x, _) => errors.TryDequeue(out Exception? error) ? throw error : Task.FromResult(x),
            s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(1)) with { IsThrottle = e => e is HttpRequestException });

        result.IsSuccess.ShouldBeTrue();
        result.Attempts.ShouldBe(2);
    }

    private static T Nothing<T>() => default!;

    private async Task IsFailedAttemptAsync<TError>(Func<int, CancellationToken, Task<int>> body)
        where TError : Exception
    {
        int calls = 0;
        PipelineResult<int> result = await RunOneAsync((x, ct) =>
        {
            calls++;
            return body(x, ct);
        }, s => s.Retry = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(1)));

        calls.ShouldBe(3);
        result.Status.ShouldBe(ResultStatus.Failed);
        result.Attempts.ShouldBe(3);
        result.Error.ShouldBeOfType<TError>();
        result.StageInput.ShouldBe(1);
        result.Stage.ShouldBe("A");
    }

    private Pipeline<int, T> Build<T>(Func<int, CancellationToken, Task<T>> body, Action<StageOptions<int, T>>? configure = null) =>
        PipelineBuilder.Stage("A", body, workers: 1, configure).WithTimeProvider(_time).Build();

    private async Task<PipelineResult<T>> RunOneAsync<T>(
        Func<int, CancellationToken, Task<T>> body, Action<StageOptions<int, T>>? configure = null, Func<Task>? stepping = null)
    {
        Task<PipelineReport<T>> running = Build(body, configure).RunAsync([1]);
        if (stepping is not null)
            await stepping();
        PipelineReport<T> report = await (stepping is null ? _time.DriveAsync(running) : running.InTime());
        return report.Results.ShouldHaveSingleItem();
    }
}
