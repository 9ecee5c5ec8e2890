using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>What a store is told of the end of the process, where decisions follow upon each other.</summary>
public sealed class EndMarkTests
{
    private readonly ChaosStore _store = new(new InMemoryCheckpointStore());
    private readonly List<bool> _told = [];
    private bool _isPlanned;

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_decision_that_changes_while_the_store_is_told_the_last_one_is_told_after_it_also_if_that_one_fails(bool fails)
    {
        var door = new TaskCompletionSource();
        _store.Before = call =>
        {
            if (call.IsPlanned is not { } isPlanned)
                return Task.CompletedTask;
            _told.Add(isPlanned);
            return _told.Count == 1 ? door.Task : Task.CompletedTask;
        };
        var mark = new EndMark(await _store.OpenRunAsync("r"), () => _isPlanned);
        Task first = Decide(mark, isPlanned: true);
        Task second = Decide(mark, isPlanned: false);
        // Of one that fails the answer is lost: it may have been written.
        if (fails)
            door.SetException(new IOException("lost"));
        else
            door.SetResult();

        await Task.WhenAll(first, second).InTime();

        _told.ShouldBe([true, false]);
        mark.IsRight.ShouldBeTrue();
    }

    [Test]
    public async Task One_that_failed_is_told_again_when_it_is_asked_for_again()
    {
        _store.Before = call =>
        {
            if (call.IsPlanned is not { } isPlanned)
                return Task.CompletedTask;
            _told.Add(isPlanned);
            return _told.Count == 1 ? Task.FromException(new IOException("away")) : Task.CompletedTask;
        };
        var mark = new EndMark(await _store.OpenRunAsync("r"), () => _isPlanned);
        await Decide(mark, isPlanned: true).InTime();
        mark.IsRight.ShouldBeFalse();

        await mark.SettleAsync().InTime();

        _told.ShouldBe([true, true]);
        mark.IsRight.ShouldBeTrue();
    }

    [Test]
    public async Task Of_two_threads_that_decide_at_the_same_time_nothing_is_passed_over()
    {
        var mark = new EndMark(await new InMemoryCheckpointStore().OpenRunAsync("r"), () => Volatile.Read(ref _isPlanned));
        int wrong = 0;
        using var barrier = new Barrier(2, _ => wrong += mark.IsRight ? 0 : 1);
        Task[] deciding = [.. new[] { true, false }.Select(decision => Task.Factory.StartNew(
            () =>
            {
                for (int round = 0; round < 50_000; round++)
                {
                    Volatile.Write(ref _isPlanned, decision);
                    mark.SettleAsync().GetAwaiter().GetResult();
                    barrier.SignalAndWait();
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default))];

        await Task.WhenAll(deciding).InTime();

        wrong.ShouldBe(0);
    }

    private Task Decide(EndMark mark, bool isPlanned)
    {
        _isPlanned = isPlanned;
        return mark.SettleAsync();
    }
}
