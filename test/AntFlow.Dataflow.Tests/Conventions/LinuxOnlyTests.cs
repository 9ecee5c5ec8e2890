using System.Text.RegularExpressions;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>Tests that need what only Linux has are in the category LinuxOnly: on Windows and macOS all others run.</summary>
public sealed partial class LinuxOnlyTests
{
    private const string Category = "[Category(\"LinuxOnly\")]";

    [Test]
    public void Files_of_tests_that_need_Linux_have_the_category() =>
        Repository.CodeFiles()
            .Where(file => file.StartsWith("test", StringComparison.Ordinal) && Path.GetFileName(file) != "LinuxOnlyTests.cs")
            .Where(file => NeedsIt(Read(file)) && !IsMarked(file))
            .ShouldBeEmpty();

    [TestCase("[Test] void A() => Tmux.StartAsync();", true)]
    [TestCase("[TestCase(1)] void A(int a) => Process.Start(\"kill\", [\"-TERM\"]);", true)]
    [TestCase("[Test] void A() => Run(new ProcessStartInfo(\"bash\", []));", true)]
    [TestCase("sealed class A : OwnServerTests { [Test] void B() { } }", true)]
    [TestCase("[Test] void A() => Process.Start(\"dotnet\", []);", false)]
    [TestCase("static void A() => Process.Start(\"kill\", []);", false)]
    public void A_test_that_needs_it_is_found(string text, bool needsIt) => NeedsIt(text).ShouldBe(needsIt);

    private static bool NeedsIt(string text) => Test().IsMatch(text) && Need().IsMatch(text);

    private static bool IsMarked(string file) =>
        Read(file).Contains(Category, StringComparison.Ordinal) || Read(Path.Combine("test", file.Split(Path.DirectorySeparatorChar)[1], "AssemblySettings.cs")).Contains("[assembly: Category(\"LinuxOnly\")]", StringComparison.Ordinal);

    private static string Read(string file) => File.Exists(Path.Combine(Repository.Root, file)) ? File.ReadAllText(Path.Combine(Repository.Root, file)) : string.Empty;

    [GeneratedRegex(@"\[Test(Case|CaseSource|FixtureSource)?[\](]", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Test();

    /// <summary>Terminals, signals, a server of PostgreSQL, other users, shells, and what is under /proc; or what the kits of tests make of these.</summary>
    [GeneratedRegex(
        @"\bTmux\.|\bOwnServerTests\b|\bPostgreSqlServer\.|\bSharedServer\.|\bOtherUser\.|\bJobProcess\b|\bCrashCampaigns\.|\bCampaign\b|\.GoOnAsync\(\);|RunningProgram\.(Interrupt|Kill)\b|""/proc/|(Process\.Start|ProcessStartInfo)\(""(?!dotnet""|git"")",
        RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Need();
}
