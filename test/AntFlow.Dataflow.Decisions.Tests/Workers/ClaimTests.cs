using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Workers;

/// <summary>An item that a worker holds ends once: by the worker, or by what abandons it.</summary>
public sealed class ClaimTests
{
    private readonly Worker _worker = new("S", 0);

    [Test]
    public void While_no_user_code_runs_the_item_is_the_workers()
    {
        _worker.ForbidAbandon();

        _worker.TryAbandon().ShouldBeFalse();
        _worker.TryKeepItem(out bool isInUserCode).ShouldBeTrue();
        isInUserCode.ShouldBeFalse();
    }

    [Test]
    public void While_user_code_runs_the_first_one_gets_the_item([Values("claim", "keep", "abandon")] string first, [Values("claim", "keep", "abandon")] string second)
    {
        _worker.ForbidAbandon();
        _worker.AllowAbandon();

        Take(first).ShouldBeTrue();
        // A worker that broke after it had claimed its item still has it.
        bool isStillTheWorkers = second == "keep" && first != "abandon";
        Take(second).ShouldBe(isStillTheWorkers);
    }

    [Test]
    public void A_worker_that_breaks_while_user_code_runs_knows_it()
    {
        _worker.ForbidAbandon();
        _worker.AllowAbandon();

        _worker.TryKeepItem(out bool isInUserCode).ShouldBeTrue();
        isInUserCode.ShouldBeTrue();
        _worker.TryKeepItem(out isInUserCode).ShouldBeTrue();
        isInUserCode.ShouldBeFalse();
    }

    [Test]
    public void Of_a_worker_and_what_abandons_at_the_same_time_one_gets_the_item([Values("claim", "keep")] string ofWorker)
    {
        for (int round = 0; round < 2_000; round++)
        {
            _worker.ForbidAbandon();
            _worker.AllowAbandon();
            using var start = new Barrier(2);
            bool isKept = false;
            var worker = new Thread(() =>
            {
                start.SignalAndWait();
                isKept = Take(ofWorker);
            });
            worker.Start();
            start.SignalAndWait();
            bool isAbandoned = _worker.TryAbandon();
            worker.Join();

            isKept.ShouldBe(!isAbandoned);
        }
    }

    private bool Take(string how) => how switch
    {
        "claim" => _worker.TryForbidAbandon(),
        "keep" => _worker.TryKeepItem(out _),
        _ => _worker.TryAbandon(),
    };
}
