using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;

namespace AntFlow.Dataflow.Packages.Tests;

/// <summary>A temporary folder outside of the repository, with the packages as eng/pack.sh makes them, and programs that use them as users do.</summary>
[SetUpFixture]
public sealed partial class Workplace
{
    private static readonly CancellationTokenSource _end = new();
    private static readonly string _suffix = $"test.{Guid.NewGuid():N}";

    /// <summary>The top of the repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>No run of the tests has the version of another one, so nothing comes from a cache.</summary>
    public static string Version { get; } = $"{XDocument.Load(Path.Combine(Root, "Directory.Build.props")).Descendants("VersionPrefix").Single().Value}-{_suffix}";

    private static string Folder { get; } = Path.Combine(Path.GetTempPath(), $"antflow-packages-{Guid.NewGuid():N}");

    /// <summary>Where the packages are.</summary>
    public static string Packages { get; } = Path.Combine(Folder, "packages");

    /// <summary>The program with all packages, built.</summary>
    public static string Everything { get; } = Path.Combine(Consumer("Everything"), "out", "Everything.dll");

    private static string Consumers => Path.Combine(Folder, "consumers");

    /// <summary>The folder of a consumer: all but Everything are laid out and not built.</summary>
    public static string Consumer(string name) => Path.Combine(Consumers, name);

    /// <summary>A folder of one's own in the temporary one.</summary>
    public static string NewFolder() => Directory.CreateDirectory(Path.Combine(Folder, Guid.NewGuid().ToString("N"))).FullName;

    /// <summary>Runs a program to its end, which has to be a good one. Gives what it has said.</summary>
    public static async Task<string> RunAsync(string folder, string program, params IEnumerable<string> arguments)
    {
        (int code, string output, string errors) = await TryAsync(folder, program, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {code}:\n{output}\n{errors}");
    }

    /// <summary>The same with any end.</summary>
    public static Task<(int Code, string Output, string Errors)> TryAsync(string folder, string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder };
        // What is built here leaves no process behind that has its output open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        // Our packages are unpacked here, and not where those of all programs of this user are.
        if (folder.StartsWith(Consumers, StringComparison.Ordinal))
            start.Environment["NUGET_PACKAGES"] = Path.Combine(Folder, "unpacked");
        return Programs.RunAsync(start, _end.Token);
    }

    [OneTimeSetUp]
    public static async Task Make()
    {
        await RunAsync(Root, "bash", "eng/pack.sh", Packages, _suffix);
        await LayAsync();
        await RunAsync(Consumer("Everything"), "dotnet", "build", "-c", "Release", "--disable-build-servers", "-o", "out");
    }

    [OneTimeTearDown]
    public static void Clear()
    {
        _end.Cancel();
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    private static async Task LayAsync()
    {
        string sources = Path.Combine(Root, "test", "AntFlow.Dataflow.Packages.Tests", "Consumers");
        foreach (string file in Directory.EnumerateFiles(sources, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(Consumers, Path.GetRelativePath(sources, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        await File.WriteAllTextAsync(Path.Combine(Consumers, "Directory.Build.props"), """
            <Project>
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <!-- What others have published since then is no matter of these tests. -->
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
            </Project>
            """);
        await File.WriteAllTextAsync(Path.Combine(Consumers, "Directory.Packages.props"), $"""
            <Project>
              <PropertyGroup>
                <ManagePackageVersionsCentrally>true</ManagePackageVersionsCentrally>
              </PropertyGroup>
              <ItemGroup>
            {string.Join('\n', PackageNames.All.Select(name => $"""    <PackageVersion Include="{name}" Version="{Version}" />"""))}
              </ItemGroup>
            </Project>
            """);
        await File.WriteAllTextAsync(Path.Combine(Consumers, "nuget.config"), await SourcesAsync());
    }

    /// <summary>Ours come from the folder and from nowhere else; all others from the sources that this machine has, or from what it has already got from them.</summary>
    private static async Task<string> SourcesAsync()
    {
        string sources = await RunAsync(Folder, "dotnet", "nuget", "list", "source");
        string got = (await RunAsync(Folder, "dotnet", "nuget", "locals", "global-packages", "--list")).Split(':', 2)[1].Trim();
        IEnumerable<string> others = SourceName().Matches(sources).Select(match => $"""    <packageSource key="{match.Groups["name"].Value}"><package pattern="*" /></packageSource>""");
        return $"""
            <configuration>
              <packageSources><add key="the packages of the repository" value="{Packages}" /></packageSources>
              <packageSourceMapping>
                <packageSource key="the packages of the repository"><package pattern="AntFlow.Dataflow*" /></packageSource>
            {string.Join('\n', others)}
              </packageSourceMapping>
              <fallbackPackageFolders><add key="got" value="{got}" /></fallbackPackageFolders>
            </configuration>
            """;
    }

    [GeneratedRegex(@"^\s*\d+\.\s+(?<name>.+) \[Enabled\]\s*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex SourceName();

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "AntFlow.Dataflow.sln")))
            folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException("The tests run outside the repository.");
    }
}
