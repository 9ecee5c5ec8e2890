using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stress;

internal sealed class WorkerHostTests
{
    private readonly List<Exception> _faults = [];

    [Test]
    public void A_wake_up_that_comes_after_the_end_of_the_run_is_no_fault()
    {
        WorkerHost host = NewHost();
        host.End();
        host.Activate();

        _faults.ShouldBeEmpty();
    }

    [Test]
    public void A_wake_up_of_a_host_that_was_replaced_is_a_fault()
    {
        WorkerHost host = NewHost();
        host.Complete();
        host.Activate();

        _faults.Count.ShouldBe(1);
    }

    private WorkerHost NewHost() => new(1, Task.FromResult, _faults.Add);
}
