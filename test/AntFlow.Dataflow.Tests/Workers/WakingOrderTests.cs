using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Workers;

/// <summary>Leaving a loop and waking one, in every order there is: whatever happens between the last look at the front and the end of the loop, or between the decision to wake
/// and the waking, the item that may start is taken.</summary>
public sealed class WakingOrderTests
{
    private readonly ScriptedTime _time = new();

    public enum Moment
    {
        /// <summary>The loop has seen that there is nothing, and has not left yet.</summary>
        BetweenLookAndLeaving,

        /// <summary>The section in which it saw that is over.</summary>
        RightAfterTheSection,
    }

    /// <summary>What may let an item start.</summary>
    public enum Change
    {
        NewItem,
        Resume,
        MoreWorkers,
        FreedPlace,
        DueRetry,
    }

    [Test]
    public async Task An_item_that_may_start_just_as_the_last_loop_leaves_is_taken([Values] Change change, [Values] Moment moment)
    {
        var pool = new ScriptedPool(workers: 1, _time);
        int hits = 0;
        Action once = () =>
        {
            if (hits++ == 0)
                Make(change, pool);
        };
        if (moment == Moment.BetweenLookAndLeaving)
            pool.OnNothing = () => ComeAsFarAsTheLock(once);
        else
            pool.OnLeft = once;
        // Number 1 begins; whether number 2, or 1 once more, may begin is up to the change.
        int calls = 0;
        pool.IsToRetry = number => number == 1 && ++calls == 1 && change is Change.MoreWorkers or Change.FreedPlace or Change.DueRetry;
        if (change == Change.Resume)
            pool.Body = _ => pool.Pause();
        PostLockActions first = pool.Put(1);
        if (change is not (Change.NewItem or Change.DueRetry))
            pool.Put(2).HostToActivate.ShouldBeNull("a loop is being woken already");
        first.Perform();
        await pool.WhenBegunAsync(2);

        pool.Begun.ShouldBe(change == Change.DueRetry ? [1, 1] : [1, 2]);
        pool.Faults.ShouldBeEmpty();
    }

    [Test]
    public async Task One_loop_is_woken_at_a_time_and_it_wakes_the_next_one_before_user_code_runs()
    {
        var pool = new ScriptedPool(workers: 3, _time);
        using var allHaveBegun = new CountdownEvent(3);
        // It keeps its thread: what has not been woken before will not be.
        pool.Body = _ => Meet(allHaveBegun);
        PostLockActions first = pool.Put(1);
        first.HostToActivate.ShouldNotBeNull();
        for (int number = 2; number <= 3; number++)
            pool.Put(number).HostToActivate.ShouldBeNull("one is on its way");
        pool.Begun.ShouldBeEmpty();
        first.Perform();
        await pool.WhenBegunAsync(3);

        pool.Begun.ShouldBe([1, 2, 3], ignoreOrder: true);
        pool.Faults.ShouldBeEmpty();
    }

    [Test]
    public async Task A_loop_that_is_woken_too_late_finds_nothing_and_leaves_and_the_next_item_wakes_one_again()
    {
        var pool = new ScriptedPool(workers: 2, _time);
        using var held = new ManualResetEventSlim();
        using var left = new SemaphoreSlim(0);
        pool.Body = _ => held.Wait(Testing.Waiting.Patience).ShouldBeTrue();
        pool.OnLeft = () => left.Release();
        pool.Put(1).Perform();
        await pool.WhenBegunAsync(1);
        PostLockActions late = pool.Put(2);
        late.HostToActivate.ShouldNotBeNull("one worker is busy, and there are two");
        held.Set();
        await left.WaitAsync().InTime();
        pool.Begun.ShouldBe([1, 2], "the first loop has taken what the second one is to be woken for");
        late.Perform();
        await left.WaitAsync().InTime();

        pool.Put(3).Perform();
        await pool.WhenBegunAsync(3);
        pool.Faults.ShouldBeEmpty();
    }

    [Test]
    public async Task A_loop_that_finds_nothing_stays_in_its_block_and_is_woken_there()
    {
        var pool = new ScriptedPool(workers: 2, _time);
        using var left = new SemaphoreSlim(0);
        pool.OnLeft = () => left.Release();
        PostLockActions first = pool.Put(1);
        first.HostToActivate.ShouldNotBeNull("there is no loop yet");
        first.Perform();
        for (int number = 2; number <= 20; number++)
        {
            await left.WaitAsync().InTime();
            PostLockActions next = pool.Put(number);
            next.HostToActivate.ShouldBeNull("one waits in the block");
            next.Perform();
        }

        await pool.WhenBegunAsync(20);
        pool.Faults.ShouldBeEmpty();
    }

    [Test]
    public async Task Loops_that_wait_end_when_their_workers_are_replaced_and_when_the_pool_ends()
    {
        var pool = new ScriptedPool(workers: 3, _time);
        using var allHaveBegun = new CountdownEvent(3);
        pool.Body = number =>
        {
            if (number <= 3)
                Meet(allHaveBegun);
        };
        using var left = new SemaphoreSlim(0);
        pool.OnLeft = () => left.Release();
        for (int number = 1; number <= 3; number++)
            pool.Put(number).Perform();
        for (int loop = 1; loop <= 3; loop++)
            await left.WaitAsync().InTime();
        Task first = pool.HostCompletion;
        first.IsCompleted.ShouldBeFalse("three loops wait in it");
        pool.SetWorkers(2);
        await first.InTime();

        pool.Put(4).Perform();
        await left.WaitAsync().InTime();
        Task second = pool.HostCompletion;
        second.IsCompleted.ShouldBeFalse();
        pool.End();
        await second.InTime();
        pool.Faults.ShouldBeEmpty();
    }

    [Test]
    public async Task A_loop_of_workers_that_were_replaced_while_it_was_being_woken_wakes_one_of_the_new_ones()
    {
        var pool = new ScriptedPool(workers: 1, _time);
        PostLockActions late = pool.Put(1);
        pool.SetWorkers(2);
        pool.HostDegree.ShouldBe(2);
        pool.Begun.ShouldBeEmpty();
        late.Perform();
        await pool.WhenBegunAsync(1);

        pool.Faults.ShouldBeEmpty("the old host was still there to be woken");
    }

    [Test]
    public async Task A_loop_that_has_to_leave_because_its_workers_were_replaced_leaves_its_item_to_the_new_ones()
    {
        var pool = new ScriptedPool(workers: 1, _time);
        pool.Body = number =>
        {
            if (number == 1)
                pool.SetWorkers(2);
        };
        PostLockActions first = pool.Put(1);
        pool.Put(2);
        first.Perform();
        await pool.WhenBegunAsync(2);

        pool.Begun.ShouldBe([1, 2]);
        pool.Faults.ShouldBeEmpty();
    }

    [Test]
    public async Task A_pool_that_ends_while_a_loop_is_being_woken_breaks_nothing()
    {
        var pool = new ScriptedPool(workers: 1, _time);
        PostLockActions late = pool.Put(1);
        pool.End();
        late.Perform();
        await pool.WhenBegunAsync(1);

        pool.Faults.ShouldBeEmpty();
    }

    /// <summary>Lets another thread do it while the caller is in the section: that thread waits for the lock, or gets through where there should be one.</summary>
    private static void ComeAsFarAsTheLock(Action action)
    {
        var other = new Thread(() => action()) { IsBackground = true };
        other.Start();
        SpinWait.SpinUntil(() => other.ThreadState.HasFlag(ThreadState.WaitSleepJoin) || !other.IsAlive, Testing.Waiting.Patience).ShouldBeTrue();
    }

    private static void Meet(CountdownEvent all)
    {
        all.Signal();
        all.Wait(Testing.Waiting.Patience).ShouldBeTrue();
    }

    private static void Make(Change change, ScriptedPool pool)
    {
        switch (change)
        {
            case Change.NewItem:
                pool.Put(2).Perform();
                break;
            case Change.Resume:
                pool.Resume();
                break;
            case Change.MoreWorkers:
                pool.SetWorkers(2);
                break;
            case Change.FreedPlace:
                pool.EndWaiting();
                break;
            default:
                pool.FireTimer();
                break;
        }
    }
}
