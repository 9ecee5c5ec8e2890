using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace AntFlow.Dataflow.Faults.Tests;

/// <summary>A test program of the faults build, as a process of its own.</summary>
internal static class TestProgram
{
    // Several times what the longest takes on a busy machine, and a test that hangs for ever is known for what it is.
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);

    /// <summary>Runs some of its tests to the end.</summary>
    /// <param name="project">The test project.</param>
    /// <param name="filter">Which tests.</param>
    /// <param name="fault">The fault that is on; null for none.</param>
    /// <param name="patience">How many seconds a test waits for what has to happen; null for the usual time.</param>
    /// <param name="limit">After how long the process is killed.</param>
    public static async Task<TestRun> RunAsync(string project, string filter, string? fault = null, int? patience = null, TimeSpan? limit = null)
    {
        string results = Directory.CreateTempSubdirectory("antflow-faults-").FullName;
        try
        {
            using Process process = Process.Start(StartInfo(project, filter, results, fault, patience))!;
            using var over = new CancellationTokenSource(limit ?? _limit);
            Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            bool hasEnded = true;
            try
            {
                await process.WaitForExitAsync(over.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                hasEnded = false;
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            }

            string said = await output.ConfigureAwait(false) + await errors.ConfigureAwait(false);
            return new TestRun(hasEnded ? process.ExitCode : null, Read(results), said);
        }
        finally
        {
            Directory.Delete(results, recursive: true);
        }
    }

    private static ProcessStartInfo StartInfo(string project, string filter, string results, string? fault, int? patience)
    {
        var start = new ProcessStartInfo(
            "dotnet", [FaultsBuild.ProgramOf(project), "--filter", filter, "--report-trx", "--report-trx-filename", "faults.trx", "--results-directory", results, "--no-ansi"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        // What the platform has told this process about itself is not for that one.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("TESTINGPLATFORM_", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        start.Environment["ANTFLOW_FAULT"] = fault;
        start.Environment["ANTFLOW_PATIENCE"] = patience?.ToString(CultureInfo.InvariantCulture);
        return start;
    }

    /// <summary>The outcome of each test, as the report has it: none if the process came to no end that could be reported.</summary>
    private static List<TestOutcome> Read(string results)
    {
        string file = Path.Combine(results, "faults.trx");
        if (!File.Exists(file))
            return [];
        XElement root = XDocument.Load(file).Root!;
        XNamespace trx = root.Name.Namespace;
        var methods = root.Descendants(trx + "UnitTest").ToDictionary(test => (string)test.Attribute("id")!, test => test.Element(trx + "TestMethod")!, StringComparer.Ordinal);
        return
        [
            .. root.Descendants(trx + "UnitTestResult").Select(result => new TestOutcome(
                $"{(string)methods[(string)result.Attribute("testId")!].Attribute("className")!}.{(string)result.Attribute("testName")!}",
                (string)result.Attribute("outcome")!,
                (string?)result.Descendants(trx + "Message").FirstOrDefault() ?? string.Empty)),
        ];
    }
}

/// <summary>What a test program has come to.</summary>
/// <param name="ExitCode">2 if a test has failed; null if it was killed.</param>
/// <param name="Tests">Its tests.</param>
/// <param name="Output">What it wrote.</param>
internal sealed record TestRun(int? ExitCode, IReadOnlyList<TestOutcome> Tests, string Output)
{
    public const int SomeFailed = 2;
    public const int NoneRan = 8;

    public IEnumerable<TestOutcome> Failed => Tests.Where(test => test.Outcome == "Failed");
}

/// <summary>What a test has come to.</summary>
/// <param name="Name">Its fixture and its method, with its arguments.</param>
/// <param name="Outcome">Passed, Failed, or NotExecuted.</param>
/// <param name="Message">Why it has failed.</param>
internal sealed partial record TestOutcome(string Name, string Outcome, string Message)
{
    /// <summary>Whether it is a case of the test, whatever the arguments of the fixture and of the test.</summary>
    public bool IsOf(string fullName) => string.Equals(Arguments().Replace(Name, string.Empty), fullName, StringComparison.Ordinal);

    public override string ToString() => $"{Name}: {Message}";

    // Up to the last parenthesis of a name: texts among the arguments may have dots and parentheses.
    [GeneratedRegex(@"\(.*?\)(?=\.|$)", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Arguments();
}
