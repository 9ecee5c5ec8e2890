using NUnit.Framework;

namespace AntFlow.Dataflow.Testing.NUnit;

/// <summary>Checks a checkpoint store: derive a class from it, with the place of your store, and it has a test for each case of <see cref="CheckpointConformance"/>, named by what the store has
/// to do, such as <c>Ownership_A_run_that_was_given_up_is_free</c>, with the topic as its category.</summary>
/// <typeparam name="TPlace">The place where the store keeps runs. Each test makes one, and disposes it.</typeparam>
/// <remarks>Each test has an instance of its own, so the tests may run at the same time: <c>[Parallelizable(ParallelScope.All)]</c>.</remarks>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public abstract class CheckpointStoreConformance<TPlace>
    where TPlace : CheckpointPlace, new()
{
    private static IEnumerable<TestCaseData> Cases => CheckpointConformance.Cases.Select(checkedCase => new TestCaseData(checkedCase).SetName(NameOf(checkedCase)).SetCategory(checkedCase.Topic));

    /// <summary>Runs one case in a new place.</summary>
    /// <param name="checkedCase">The case.</param>
    /// <returns>The test.</returns>
    [TestCaseSource(nameof(Cases))]
    public async Task CheckAsync(ConformanceCase checkedCase)
    {
        ArgumentNullException.ThrowIfNull(checkedCase);
        var place = new TPlace();
        try
        {
            await checkedCase.RunAsync(place).ConfigureAwait(false);
        }
        finally
        {
            await place.DisposeAsync().ConfigureAwait(false);
        }
    }

    // A filter by the name of a test takes no spaces.
    private static string NameOf(ConformanceCase checkedCase)
    {
        int values = checkedCase.Name.IndexOf(" (", StringComparison.Ordinal);
        string sentence = values < 0 ? checkedCase.Name : checkedCase.Name[..values];
        return $"{checkedCase.Topic}_{sentence.Replace(' ', '_')}{(values < 0 ? string.Empty : checkedCase.Name[(values + 1)..])}";
    }
}
