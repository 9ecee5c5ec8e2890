using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

/// <summary>What breaks the engine, or slows it down, on purpose is compiled into the faults build, and into no other.</summary>
public sealed class FaultsTests
{
#if ANTFLOW_FAULTS
    private const bool IsFaultsBuild = true;
#else
    private const bool IsFaultsBuild = false;
#endif

    [Test]
    public void Types_of_the_folder_are_in_the_faults_build_alone()
    {
        string[] types = [.. Directory.EnumerateFiles(Path.Combine(Repository.Core, "Faults"), "*.cs").Select(file => Path.GetFileNameWithoutExtension(file)!).Where(type => type != "Steps")];

        types.ShouldNotBeEmpty();
        foreach (string type in types)
            (typeof(Pipeline).Assembly.GetType($"AntFlow.Dataflow.{type}") is not null).ShouldBe(IsFaultsBuild, type);
    }

    [Test]
    public void A_seam_leaves_no_trace_in_any_other_build() =>
        typeof(Pipeline).Assembly.GetTypes()
            .Where(type => type.GetMethod("Step", System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic, Type.EmptyTypes) is not null)
            .Any()
            .ShouldBe(IsFaultsBuild);
}
