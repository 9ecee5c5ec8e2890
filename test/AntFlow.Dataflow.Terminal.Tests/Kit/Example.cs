using Shouldly;

namespace AntFlow.Dataflow.Terminal.Tests.Kit;

/// <summary>The example the tests run as a process.</summary>
internal static class Example
{
    /// <summary>Its program, in Debug or Release, as these tests are.</summary>
    public static string Program
    {
        get
        {
            string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
            string program = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Dashboards", configuration, "Dashboards.dll"));
            File.Exists(program).ShouldBeTrue($"{program} is not built.");
            return program;
        }
    }
}
