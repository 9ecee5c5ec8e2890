using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Items;

public sealed class ShortLockTests
{
    private ShortLock _lock;
    private long _count;

    [Test]
    public void Only_one_thread_at_a_time_is_in_a_section([Values(2, 3, 16)] int threads)
    {
        const int Each = 20_000;
        Thread[] all = [.. Enumerable.Range(0, threads).Select(_ => Begin(() =>
        {
            for (int i = 0; i < Each; i++)
            {
                // Read and written apart: two in the section at once would lose one.
                using (_lock.EnterScope())
                {
                    long seen = _count;
                    Thread.SpinWait(20);
                    _count = seen + 1;
                }
            }
        }))];
        foreach (Thread thread in all)
            thread.Join(Testing.Waiting.Patience).ShouldBeTrue();

        _count.ShouldBe((long)threads * Each);
    }

    [Test]
    public void Who_finds_it_taken_gives_up_his_core_until_it_is_free()
    {
        _lock.Enter();
        bool isIn = false;
        Thread other = Begin(() =>
        {
            using (_lock.EnterScope())
                isIn = true;
        });
        SpinWait.SpinUntil(() => other.ThreadState.HasFlag(ThreadState.WaitSleepJoin), Testing.Waiting.Patience).ShouldBeTrue("he sleeps, and spins no more");
        isIn.ShouldBeFalse();
        _lock.Exit();

        other.Join(Testing.Waiting.Patience).ShouldBeTrue();
        isIn.ShouldBeTrue();
    }

    [Test]
    public void A_section_that_throws_is_left()
    {
        Should.Throw<InvalidOperationException>(() =>
        {
            using (_lock.EnterScope())
                throw new InvalidOperationException();
        });

        using (_lock.EnterScope())
            _count++;
        _count.ShouldBe(1);
    }

    private static Thread Begin(Action action)
    {
        var thread = new Thread(() => action()) { IsBackground = true };
        thread.Start();
        return thread;
    }
}
