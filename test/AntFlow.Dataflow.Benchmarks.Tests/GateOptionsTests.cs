using AntFlow.Dataflow.Benchmarks.Gate;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Benchmarks.Tests;

public sealed class GateOptionsTests
{
    [Test]
    public void Without_options_all_rows_are_measured_in_as_many_rounds_as_by_default_and_nothing_is_kept()
    {
        GateOptions options = GateOptions.Parse([]);

        options.Rows.ShouldBeEmpty();
        options.Rounds.ShouldBe(GateOptions.DefaultRounds);
        options.Save.ShouldBeFalse();
        options.IsSelfTest.ShouldBeFalse();
    }

    [Test]
    public void Options_may_come_in_any_order()
    {
        GateOptions options = GateOptions.Parse(["--save", "--rounds", "3", "--selftest", "--rows", "core, sync"]);

        options.Rows.ShouldBe(["core", "sync"]);
        options.Rounds.ShouldBe(3);
        options.Save.ShouldBeTrue();
        options.IsSelfTest.ShouldBeTrue();
    }

    [TestCase("--round", "The gate does not know '--round'")]
    [TestCase("--rows", "--rows needs a value")]
    [TestCase("--rounds 0", "--rounds is 0; it must be a whole number of at least 1")]
    [TestCase("--rounds many", "--rounds is many; it must be a whole number of at least 1")]
    public void A_wrong_option_says_what_is_wrong(string arguments, string message) =>
        Should.Throw<ArgumentException>(() => GateOptions.Parse(arguments.Split(' '))).Message.ShouldStartWith(message);
}
