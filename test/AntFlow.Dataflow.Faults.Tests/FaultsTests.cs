using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Faults.Tests;

/// <summary>Each fault is killed by the test that the catalogue names, and without a fault these tests pass. Each case is a process of the faults build.</summary>
[Category("LinuxOnly")] // Some of the tests that are named need it.
public sealed class FaultsTests
{
    // For what will not happen. Much longer than anything here takes that does.
    private const int Patience = 4;
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(90);

    private static IEnumerable<string> Faults => Catalogue.All.Select(fault => fault.Name);

    private static IEnumerable<string> Projects => Catalogue.All.Select(fault => fault.Project).Distinct(StringComparer.Ordinal);

    [TestCaseSource(nameof(Faults))]
    public async Task It_is_killed_by_the_test_that_is_named(string name)
    {
        KilledFault fault = Catalogue.All.Single(fault => string.Equals(fault.Name, name, StringComparison.Ordinal));
        SkipIfMissing(fault.Project);
        TestRun run = await TestProgram.RunAsync(fault.Project, fault.Filter, fault.Name, fault.IsHang ? Patience : null, _limit);

        run.ExitCode.ShouldNotBeNull($"The test hangs, and the process was killed after {_limit.TotalSeconds} s: the named test has to fail by itself.\n{run.Output}");
        run.Tests.ShouldContain(test => test.IsOf(fault.FullName), $"The named test has not run.\n{run.Output}");
        run.Failed.ShouldContain(test => test.IsOf(fault.FullName), "The named test passes while the fault is on: nothing has noticed it.");
        run.ExitCode.ShouldBe(TestRun.SomeFailed, run.Output);
    }

    [TestCaseSource(nameof(Projects))]
    public async Task Without_a_fault_the_named_tests_pass(string project)
    {
        SkipIfMissing(project);
        KilledFault[] faults = [.. Catalogue.All.Where(fault => string.Equals(fault.Project, project, StringComparison.Ordinal)).DistinctBy(fault => fault.FullName, StringComparer.Ordinal)];
        TestRun run = await TestProgram.RunAsync(project, string.Join('|', faults.Select(fault => fault.Filter)));

        run.Failed.ShouldBeEmpty();
        run.ExitCode.ShouldBe(0, run.Output);
        faults.Where(fault => !run.Tests.Any(test => test.IsOf(fault.FullName))).ShouldBeEmpty("Their tests have not run.");
    }

    [Test]
    public async Task What_can_be_tested_in_the_faults_build_alone_passes()
    {
        const string Project = "AntFlow.Dataflow.Tests";
        SkipIfMissing(Project);
        TestRun run = await TestProgram.RunAsync(Project, "TestCategory=Faults");

        run.Failed.ShouldBeEmpty();
        run.ExitCode.ShouldBe(0, run.Output);
    }

    private static void SkipIfMissing(string project)
    {
        FaultsBuild.SkipIfMissing(project);
        if (project.Contains("PostgreSql", StringComparison.Ordinal))
            PostgreSqlServer.SkipIfMissing();
    }
}
