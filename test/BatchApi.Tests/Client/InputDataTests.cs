using NUnit.Framework;
using Shouldly;

namespace BatchApi.Tests;

public sealed class InputDataTests
{
    private static readonly string _shipped = Path.Combine(Path.GetDirectoryName(Programs.Client)!, "data", "requests.jsonl");

    [Test]
    public void At_least_3000_distinct_requests_come_with_the_example()
    {
        IReadOnlyList<BatchRequest> requests = RequestFile.Read(_shipped);

        requests.Count.ShouldBe(3233);
        requests.DistinctBy(request => request.CustomId).Count().ShouldBe(3233);
        // The text itself differs, not only the id around it.
        requests.DistinctBy(request => request.Line.Replace(request.CustomId, "", StringComparison.Ordinal)).Count().ShouldBe(3233);
    }

    [Test]
    public void They_are_made_of_the_novel_and_of_nothing_else()
    {
        string text = File.ReadAllText(_shipped);

        text.ShouldContain("It is a truth universally acknowledged");
        text.ShouldNotContain("Gutenberg", Case.Insensitive);
        new FileInfo(_shipped).Length.ShouldBeLessThan(2_500_000);
    }
}
