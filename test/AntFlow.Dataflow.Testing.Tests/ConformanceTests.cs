using System.Reflection;
using AntFlow.Dataflow.Testing.Tests.Stores;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Testing.Tests;

public sealed class ConformanceTests
{
    private static readonly Type[] _topics =
    [
        typeof(RunsCases), typeof(OwnershipCases), typeof(WritingCases), typeof(ReadingCases), typeof(MarksCases), typeof(LargeCases), typeof(RestartsCases), typeof(EndsCases), typeof(OperatorsCases),
    ];

    [Test]
    public void Cases_have_names_of_their_own() => CheckpointConformance.Cases.Select(each => each.ToString()).ShouldBeUnique();

    [Test]
    public void Names_are_a_topic_and_a_sentence()
    {
        CheckpointConformance.Cases.Select(each => each.ToString()).ShouldContain("Ownership: A run that was given up is free");
        CheckpointConformance.Cases.Select(each => each.ToString()).ShouldContain("Runs: Any text names a run (\"plain\")");
        CheckpointConformance.Cases.ShouldAllBe(each => each.ToString() == $"{each.Topic}: {each.Name}");
    }

    [TestCaseSource(nameof(_topics))]
    public void No_case_is_forgotten(Type topic)
    {
        string name = topic.Name[..^"Cases".Length];
        string[] listed = [.. CheckpointConformance.Cases.Where(each => each.Topic == name).Select(each => each.Name.Split(" (")[0]).Distinct(StringComparer.Ordinal)];

        topic.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => method.ReturnType == typeof(Task))
            .Select(method => method.Name.Replace('_', ' '))
            .ShouldBe(listed, ignoreOrder: true);
    }

    [Test]
    public void No_topic_is_forgotten() =>
        CheckpointConformance.Cases.Select(each => $"{each.Topic}Cases").Distinct().ShouldBe(
            typeof(CheckpointConformance).Assembly.GetTypes().Where(type => !type.IsNested && type.Name.EndsWith("Cases", StringComparison.Ordinal)).Select(type => type.Name), ignoreOrder: true);

    [Test]
    public async Task A_store_that_forgets_its_chunks_fails_the_cases_of_large_values()
    {
        string[] failed = await FailedAsync<FixtureThatForgetsChunks>();

        failed.ShouldContain("Large: A value of a hundred megabytes holds nothing up and comes back whole");
        failed.ShouldContain("Reading: Chunks come in their order");
        failed.ShouldContain("Writing: Chunks and onces come back as they were written");
        failed.ShouldNotContain("Ownership: A run has one owner over all openings of the store");
    }

    [Test]
    public async Task A_store_that_lets_two_owners_in_fails_the_cases_of_ownership()
    {
        string[] failed = await FailedAsync<FixtureOfTwoOwners>("Ownership", "Operators", "Writing");

        failed.ShouldContain("Ownership: A run has one owner over all openings of the store");
        failed.ShouldContain("Ownership: Of many that open a run at once one gets it");
        failed.ShouldContain("Operators: A run that has an owner is left alone");
        failed.ShouldAllBe(name => !name.StartsWith("Writing", StringComparison.Ordinal));
    }

    [Test]
    public async Task A_case_closes_what_it_has_opened_also_when_it_fails()
    {
        await using var fixture = new CountingFixture();
        ConformanceCase failing = CheckpointConformance.Cases.Single(each => each.Name == "A run has one owner over all openings of the store");

        await failing.RunAsync(fixture).CatchAsync<ShouldAssertException>();

        fixture.Open.ShouldBe(0);
        fixture.Opened.ShouldBe(2);
    }

    [Test]
    public async Task A_case_that_waits_for_an_item_gives_up_and_says_for_which()
    {
        await using var fixture = new Samples.MyFixture();
        await using OpenedFixture opened = await OpenedFixture.OpenAsync(fixture);
        await opened.StoreAsync("run", "n:1");

        await opened.UntilStoredAsync("run", item => item.Id == "n:1", TimeSpan.Zero, "n:1");
        (await Should.ThrowAsync<TimeoutException>(() => opened.UntilStoredAsync("run", item => item.Id == "n:2", TimeSpan.Zero, "item => item.Id == 2"))).Message
            .ShouldBe("Has not become true within 0 s: an item of run 'run' is stored for which item => item.Id == 2");
    }

    private static async Task<string[]> FailedAsync<TPlace>(params string[] topics)
        where TPlace : CheckpointStoreFixture, new()
    {
        List<string> failed = [];
        foreach (ConformanceCase each in CheckpointConformance.Cases.Where(each => topics.Length == 0 || topics.Contains(each.Topic)))
        {
            await using var fixture = new TPlace();
            try
            {
                await each.RunAsync(fixture);
            }
            catch (Exception)
            {
                failed.Add(each.ToString());
            }
        }

        return [.. failed];
    }

    /// <summary>Counts its stores, which let two owners in.</summary>
    private sealed class CountingFixture : CheckpointStoreFixture
    {
        private readonly FixtureOfTwoOwners _fixture = new();

        public int Open { get; private set; }

        public int Opened { get; private set; }

        public override async ValueTask<ICheckpointStore> OpenStoreAsync()
        {
            ICheckpointStore store = await _fixture.OpenStoreAsync();
            Open++;
            Opened++;
            return new ClosingStore(store, () => Open--);
        }

        public override ValueTask CrashAsync(ICheckpointRun run) => _fixture.CrashAsync(run);

        public override ValueTask DisposeAsync() => _fixture.DisposeAsync();
    }
}
