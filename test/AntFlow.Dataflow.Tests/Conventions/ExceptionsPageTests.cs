using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>The page of exceptions is worth something only if it has all of them, and of each what it tells.</summary>
public sealed class ExceptionsPageTests
{
    private static readonly IReadOnlyList<PageSection> _sections = PageSection.Of(File.ReadAllText(Path.Combine(Repository.Root, "docs", "exceptions.md")));

    private static IEnumerable<string> Names => PublicExceptions.ByName.Select(types => types.Key);

    [Test]
    public void Every_public_exception_of_every_package_has_a_section_and_nothing_else_has() =>
        _sections.Select(section => section.Heading).ShouldBe(Names, ignoreOrder: true);

    [TestCaseSource(nameof(Names))]
    public void The_section_of_an_exception_names_all_that_it_tells(string name) =>
        PublicExceptions.PropertiesOf(name).Where(property => !SectionOf(name).Text.Contains($"`{property}`", StringComparison.Ordinal)).ShouldBeEmpty();

    [TestCaseSource(nameof(Names))]
    public void The_section_of_an_exception_says_its_cause_and_its_remedy(string name)
    {
        if (PublicExceptions.ByName[name].All(type => type.IsAbstract))
            return;

        SectionOf(name).Text.ShouldContain("**Cause:**");
        SectionOf(name).Text.ShouldContain("**Remedy:**");
    }

    [Test]
    public void The_exceptions_of_all_packages_are_looked_at()
    {
        PublicExceptions.ByName["PipelineCanceledException"].Count().ShouldBe(2);
        PublicExceptions.ByName["ChaosException"].Single().Namespace.ShouldBe("AntFlow.Dataflow.Testing");
        PublicExceptions.PropertiesOf("AttemptTimeoutException").ShouldBe(["Attempt", "IsItemTimeout", "ItemId", "Stage", "Task", "Timeout"], ignoreOrder: true);
    }

    private static PageSection SectionOf(string name) => _sections.Single(section => section.Heading == name);
}
