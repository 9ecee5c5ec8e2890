using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Testing.Tests;

public sealed class WaitingTests
{
    [Test]
    public async Task A_task_ends_as_it_ends()
    {
        (await Task.FromResult(7).InTime()).ShouldBe(7);
        var error = new IOException("gone");
        (await Should.ThrowAsync<IOException>(() => Task.FromException(error).InTime())).ShouldBeSameAs(error);
    }

    [Test]
    public async Task A_condition_is_asked_until_it_is_true()
    {
        int asked = 0;

        await Waiting.UntilAsync(() => ++asked == 1_000);

        asked.ShouldBe(1_000);
    }

    [Test]
    public async Task What_a_condition_throws_ends_the_waiting() =>
        await Should.ThrowAsync<IOException>(() => Waiting.UntilAsync(() => throw new IOException("gone")));

    [Test]
    public async Task The_exception_of_a_task_is_caught_if_it_is_of_exactly_that_type()
    {
        var error = new FileNotFoundException("gone");

        (await Task.FromException(error).CatchAsync<FileNotFoundException>()).ShouldBeSameAs(error);
        (await Should.ThrowAsync<FileNotFoundException>(() => Task.FromException(error).CatchAsync<IOException>())).ShouldBeSameAs(error);
        (await Should.ThrowAsync<InvalidOperationException>(() => Task.CompletedTask.CatchAsync<IOException>())).Message.ShouldBe("The task threw nothing; it should have thrown IOException.");
    }

    [Test]
    public async Task The_exception_of_a_canceled_task_is_caught_too()
    {
        using var canceled = new CancellationTokenSource();
        await canceled.CancelAsync();

        (await Task.FromCanceled(canceled.Token).CatchAsync<TaskCanceledException>()).CancellationToken.ShouldBe(canceled.Token);
    }

    [Test]
    public async Task The_timeout_of_a_wait_is_not_taken_for_the_exception_of_the_task()
    {
        var own = new TimeoutException("its own");
        Task answer = new TaskCompletionSource().Task;

        (await Task.FromException(own).CatchAsync<TimeoutException>()).ShouldBeSameAs(own);
        (await Should.ThrowAsync<TimeoutException>(() => answer.CatchAsync<TimeoutException>(TimeSpan.Zero))).Message.ShouldBe("Has not ended within 0 s: answer");
    }

    [Test]
    public async Task A_condition_that_takes_a_while_is_asked_until_its_time_is_over()
    {
        int asked = 0;

        await Waiting.PollAsync(() => Task.FromResult(++asked == 3), Waiting.Patience, "three");
        asked.ShouldBe(3);
        (await Should.ThrowAsync<TimeoutException>(() => Waiting.PollAsync(() => Task.FromResult(++asked < 0), TimeSpan.Zero, "less than none"))).Message
            .ShouldBe("Has not become true within 0 s: less than none");
        asked.ShouldBe(4);
    }

    [Test]
    public void It_is_long_and_not_endless() => Waiting.Patience.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
}
