using System.Diagnostics;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>./test.sh is asked only what it refuses: all else would run these tests again.</summary>
[Category("LinuxOnly")]
public sealed class TestCommandTests
{
    [TestCase("--lnog")]
    [TestCase("--no-install", "everything")]
    [CancelAfter(60_000)]
    public async Task An_argument_that_the_test_command_does_not_know_is_an_error(params string[] arguments)
    {
        (int code, string output, string errors) = await Programs.RunAsync(
            new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "test.sh"), .. arguments]), TestContext.CurrentContext.CancellationToken);

        code.ShouldBe(2);
        output.ShouldBeEmpty();
        errors.Trim().ShouldBe($"test.sh: '{arguments[^1]}' is not an argument of this script: it takes --long and --no-install.");
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Packing_asks_for_a_folder()
    {
        (int code, _, string errors) = await Programs.RunAsync(new ProcessStartInfo("bash", [Path.Combine(Repository.Root, "eng", "pack.sh")]), TestContext.CurrentContext.CancellationToken);

        code.ShouldBe(2);
        errors.ShouldContain("eng/pack.sh FOLDER");
    }
}
