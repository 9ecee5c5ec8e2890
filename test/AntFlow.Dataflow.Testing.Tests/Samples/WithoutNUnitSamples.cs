using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Testing.Tests.Samples;

public sealed class WithoutNUnitSamples
{
    [Test]
    public async Task A_store_is_checked_by_a_loop()
    {
        // sample: without
        List<string> failed = [];
        foreach (ConformanceCase checkedCase in CheckpointConformance.Cases.Where(c => c.Topic == "Ownership"))
        {
            await using var fixture = new MyFixture();
            try
            {
                await checkedCase.RunAsync(fixture);
            }
            catch (Exception error)
            {
                failed.Add($"{checkedCase}: {error.Message}");
            }
        }

        failed.ShouldBeEmpty();
        // end
    }
}
