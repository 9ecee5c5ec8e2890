using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Runs;

public sealed class OrderWindowTests
{
    [Test]
    public void It_is_full_once_as_many_have_entered_as_may_be_unread()
    {
        var window = new OrderWindow(size: 2);
        window.IsFull.ShouldBeFalse();
        window.TryAdmit().ShouldBeNull();
        window.IsFull.ShouldBeFalse();
        window.TryAdmit().ShouldBeNull();
        window.IsFull.ShouldBeTrue();
        window.OnRead();
        window.IsFull.ShouldBeFalse();
        window.TryAdmit().ShouldBeNull();
        window.IsFull.ShouldBeTrue();
        window.Leave();
        window.IsFull.ShouldBeFalse();
    }

    [Test]
    public void Without_a_bound_it_is_full_only_once_there_is_a_reader()
    {
        var window = new OrderWindow(size: 1, isBounded: false);
        for (int i = 0; i < 3; i++)
            window.TryAdmit().ShouldBeNull();
        window.IsFull.ShouldBeFalse();

        window.BeginReading();

        window.IsFull.ShouldBeTrue();
        (window.TryAdmit() is null).ShouldBeFalse();
    }

    [Test]
    public void All_that_wait_wait_for_the_same_move_and_the_next_ones_for_another()
    {
        var window = new OrderWindow(size: 1);
        window.TryAdmit().ShouldBeNull();
        Task first = window.TryAdmit()!;
        window.TryAdmit().ShouldBeSameAs(first);

        window.OnRead();

        first.IsCompletedSuccessfully.ShouldBeTrue();
        window.TryAdmit().ShouldBeNull();
        Task second = window.TryAdmit()!;
        second.IsCompleted.ShouldBeFalse();
        window.Lift();
        second.IsCompletedSuccessfully.ShouldBeTrue();
        (window.IsFull, window.TryAdmit()).ShouldBe((false, null));
    }

    [Test]
    public void What_goes_on_after_a_move_does_not_run_where_the_window_moves()
    {
        var window = new OrderWindow(size: 1);
        window.TryAdmit().ShouldBeNull();

        window.TryAdmit()!.CreationOptions.ShouldBe(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
