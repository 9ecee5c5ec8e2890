using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.Loader;
using System.Xml.Linq;
using AntFlow.Dataflow.PublicDocs;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Packages.Tests;

/// <summary>What a package says of its members, next to the members that it has.</summary>
public sealed class PublicDocsTests
{
    private static readonly Lazy<AssemblyLoadContext> _assemblies = new(Load);

    [TestCaseSource(typeof(PackageNames), nameof(PackageNames.All))]
    public void A_package_documents_all_members_that_its_users_can_name_and_no_others(string package)
    {
        Assembly assembly = _assemblies.Value.LoadFromAssemblyName(new AssemblyName(package));
        IReadOnlySet<string> ids = DocumentationIds.Of(assembly);

        string[] documented = [.. Documentation(package).Descendants("member").Select(member => (string)member.Attribute("name")!)];

        documented.ShouldNotBeEmpty();
        documented.Where(id => !ids.Contains(id)).ShouldBeEmpty();
        DocumentationIds.Of(assembly, isWritten: true).Except(documented).ShouldBeEmpty();
    }

    [Test]
    public void What_is_documented_names_no_member_that_its_readers_cannot_name()
    {
        XElement[] members = [.. PackageNames.All.SelectMany(package => Documentation(package).Descendants("member"))];
        HashSet<string> documented = [.. members.Select(member => (string)member.Attribute("name")!)];

        documented.Count.ShouldBe(members.Length);
        members.Descendants().Attributes("cref").Select(cref => cref.Value).Where(id => id.Split('(')[0].Contains(":AntFlow.Dataflow.", StringComparison.Ordinal) && !documented.Contains(id)).ShouldBeEmpty();
    }

    [Test]
    public void Members_that_are_not_public_are_removed_and_the_others_stay_as_they_are()
    {
        string[] references = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(path => path != typeof(Some).Assembly.Location)];
        IReadOnlySet<string> ids = VisibleMembers.IdsOf(typeof(Some).Assembly.Location, references);
        string[] members = [.. "T:{0} M:{0}.Open M:{0}.Derived(System.Int32) M:{0}.Own M:{0}.Near T:{0}.Inner`1 P:{0}.Inner`1.Value T:{0}.Hidden M:{0}.Hidden.Open".Split(' ').Select(name => name.Replace("{0}", typeof(Some).FullName, StringComparison.Ordinal))];
        var document = XDocument.Parse($"<doc>\n{string.Concat(members.Select(name => $"""<member name="{name}"><summary>What <c>a</c> <c>b</c> is.</summary></member>{'\n'}"""))}</doc>", LoadOptions.PreserveWhitespace);

        DocumentationFile.KeepOnly(document, ids).ShouldBe(4);

        document.ToString(SaveOptions.DisableFormatting).ShouldBe(
            $"<doc>\n{string.Concat(new[] { 0, 1, 2, 5, 6 }.Select(i => $"""<member name="{members[i]}"><summary>What <c>a</c> <c>b</c> is.</summary></member>{'\n'}"""))}</doc>");
    }

    private static XDocument Documentation(string package)
    {
        using Package opened = Package.Open(package);
        return XDocument.Parse(opened.Read($"lib/net10.0/{package}.xml"));
    }

    /// <summary>The assemblies of the packages, with what they need, beside those that the tests run with.</summary>
    private static AssemblyLoadContext Load()
    {
        var resolver = new AssemblyDependencyResolver(Workplace.Everything);
        var context = new AssemblyLoadContext("packages");
        context.Resolving += (_, name) => resolver.ResolveAssemblyToPath(name) is { } path ? context.LoadFromAssemblyPath(path) : null;
        return context;
    }
}

/// <summary>Some members of each kind.</summary>
[SuppressMessage("Performance", "CA1822:Mark members as static", Justification = "They are looked at, and not called.")]
public class Some
{
    public void Open() => Own();

    internal void Near() => Own();

    protected void Derived(int number) => Own();

    private void Own()
    {
    }

    public class Inner<T>
    {
        public T? Value { get; set; }
    }

    internal sealed class Hidden
    {
        public void Open()
        {
        }
    }
}
