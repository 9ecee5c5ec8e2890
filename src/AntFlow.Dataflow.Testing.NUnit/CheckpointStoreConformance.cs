using NUnit.Framework;

namespace AntFlow.Dataflow.Testing.NUnit;

/// <summary>Checks a checkpoint store. Derive a class from it with the place of your store: it has one test for each case of <see cref="CheckpointConformance"/>. The test is named after what
/// the store must do, such as <c>Ownership_A_run_that_was_given_up_is_free</c>, and has the topic as its category.</summary>
/// <typeparam name="TFixture">The place where the store keeps runs. Each test creates one and disposes it.</typeparam>
/// <remarks>Each test has its own instance, so the tests may run in parallel: <c>[Parallelizable(ParallelScope.All)]</c>.</remarks>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public abstract class CheckpointStoreConformance<TFixture>
    where TFixture : CheckpointStoreFixture, new()
{
    private static IEnumerable<TestCaseData> Cases => CheckpointConformance.Cases.Select(checkedCase => new TestCaseData(checkedCase).SetName(NameOf(checkedCase)).SetCategory(checkedCase.Topic));

    /// <summary>Runs one case in a new place.</summary>
    /// <param name="checkedCase">The case.</param>
    /// <returns>A task that completes when the case has passed.</returns>
    [TestCaseSource(nameof(Cases))]
    public async Task CheckAsync(ConformanceCase checkedCase)
    {
        ArgumentNullException.ThrowIfNull(checkedCase);
        var fixture = new TFixture();
        try
        {
            await checkedCase.RunAsync(fixture).ConfigureAwait(false);
        }
        finally
        {
            await fixture.DisposeAsync().ConfigureAwait(false);
        }
    }

    // A filter by the name of a test accepts no spaces.
    private static string NameOf(ConformanceCase checkedCase)
    {
        int values = checkedCase.Name.IndexOf(" (", StringComparison.Ordinal);
        string sentence = values < 0 ? checkedCase.Name : checkedCase.Name[..values];
        return $"{checkedCase.Topic}_{sentence.Replace(' ', '_')}{(values < 0 ? string.Empty : checkedCase.Name[(values + 1)..])}";
    }
}
