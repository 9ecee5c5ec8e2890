using AntFlow.Dataflow.Terminal.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Terminal.Tests.RealTerminal;

public sealed class TheExampleIntoAFile
{
    [Test]
    [CancelAfter(120_000)]
    public async Task Every_level_writes_plain_lines_and_the_summary(
        [Values("progress", "compact", "detailed", "full")] string level, CancellationToken cancellationToken)
    {
        (int code, string output, string errors) = await Programs.RunAsync(Example.Program, ["--level", level, "--seconds", "1", "--seed", "3"], cancellationToken);

        errors.ShouldBeEmpty();
        output.ShouldNotContain("\u001b");
        string[] lines = output.ReplaceLineEndings("\n").Split('\n');
        // When the first line comes is a matter of the machine; that it comes before the first item is not.
        lines[0].ShouldMatch("^[0-9]+s RUNNING 0 of 12 \\(0 %\\), ");
        lines.ShouldContain(line => line.StartsWith("Run dashboards: 12 items in ", StringComparison.Ordinal));
        code.ShouldBe(0);
    }

    [TestCase("--level", "huge", "'--level huge'")]
    [TestCase("--seconds", "0", "'--seconds 0'")]
    [TestCase("--seed", "ant", "'--seed ant'")]
    [TestCase("--levle", "full", "'--levle full'")]
    [TestCase("--seconds", null, "'--seconds'")]
    [CancelAfter(120_000)]
    public async Task What_the_example_does_not_understand_it_names(string option, string? value, string named, CancellationToken cancellationToken)
    {
        (int code, string output, string errors) = await Programs.RunAsync(Example.Program, value is null ? [option] : [option, value], cancellationToken);

        output.ShouldBeEmpty();
        errors.ShouldStartWith($"{named} is not understood: ");
        errors.ShouldContain("Usage: Dashboards [--level progress|compact|detailed|full] [--seconds N] [--seed N]");
        code.ShouldBe(2);
    }
}
