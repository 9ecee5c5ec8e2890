using AntFlow.Dataflow.MutationScores;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

public sealed class MutationScoresTests
{
    private const string Config = """{ "stryker-config": { "mutate": [ "Buffers/A.cs", "Buffers/B.cs" ] } }""";

    private static readonly string _config = Path.Combine(Repository.Root, "test", "AntFlow.Dataflow.Decisions.Tests", "stryker-config.json");

    [Test]
    public void A_mutant_counts_as_what_became_of_it_and_only_in_its_file()
    {
        string report = Report(
            ("/x/src/Buffers/A.cs", [("Killed", ""), ("Timeout", ""), ("Survived", ""), ("NoCoverage", ""), ("CompileError", ""), ("Ignored", "Removed by block already covered filter"), ("Ignored", "it changes nothing")]),
            ("/x/src/Others/NotA.cs", [("Survived", "")]));

        MutationReport.Read(Config, report, []).ShouldBe([new FileScore("Buffers/A.cs", 2, 2, 1), new FileScore("Buffers/B.cs", 0, 0, 0)]);
        MutationReport.Read(Config, report, ["Others/NotA.cs"]).ShouldBe([new FileScore("Others/NotA.cs", 0, 1, 0)]);
    }

    [TestCase(95, 5, 0, true)]
    [TestCase(949, 51, 0, false)]
    [TestCase(95, 0, 5, true)]
    [TestCase(94, 0, 5, false)]
    [TestCase(0, 0, 0, false)]
    [TestCase(0, 0, 3, false)]
    public void A_file_is_good_at_95_percent_with_5_percent_disabled(int killed, int alive, int disabled, bool isGood) =>
        new FileScore("A.cs", killed, alive, disabled).IsGood.ShouldBe(isGood);

    [Test]
    public void Every_file_of_the_list_is_there() =>
        MutationReport.Read(File.ReadAllText(_config), Report(), []).Select(score => score.File).Where(file => !File.Exists(Path.Combine(Repository.Core, file))).ShouldBeEmpty();

    private static string Report(params (string File, (string Status, string Reason)[] Mutants)[] files) => System.Text.Json.JsonSerializer.Serialize(new
    {
        files = files.ToDictionary(file => file.File, file => new { mutants = file.Mutants.Select(mutant => new { status = mutant.Status, statusReason = mutant.Reason }) }),
    });
}
