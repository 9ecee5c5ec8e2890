using AntFlow.Dataflow.Benchmarks.Gate;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Benchmarks.Tests;

public sealed class SelfTestTests
{
    [Test]
    public void A_gate_all_of_whose_rows_miss_once_the_engine_is_slowed_down_sees_well() =>
        SelfTest.FindBlind([Row("core", measured: 1.3, limit: 1), Row("sync", measured: 2.4, limit: 2)]).ShouldBeEmpty();

    [Test]
    public void A_row_that_holds_its_limit_although_the_engine_is_slowed_down_is_blind() =>
        SelfTest.FindBlind([Row("core", measured: 1.3, limit: 1), Row("sync", measured: 1.9, limit: 2)]).ShouldBe(["sync"]);

    [Test]
    public void A_row_that_is_only_over_its_target_is_blind_too() =>
        SelfTest.FindBlind([Row("core", measured: 1, limit: 1)]).ShouldBe(["core"]);

    private static Verdict Row(string name, double measured, double limit) =>
        Verdict.Of(new RatioRow(name, "ours / theirs", Target: limit / 2, Stretch: limit / 4, limit), items: 100, [measured, measured, measured]);
}
