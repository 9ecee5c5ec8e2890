using System.Globalization;
using System.Text.RegularExpressions;

namespace BatchApi.Tests;

/// <summary>A run of the real client with a server of its own, and all it left behind.</summary>
internal sealed partial record ClientRun(int ExitCode, string Output, string Errors, IReadOnlyList<ResultRow> Rows, LoggedRun Server)
{
    public static string[] Arguments(TempFolder folder, string input, params string[] more) =>
        ["--input", folder.Write("in.jsonl", input), "--output", folder.Path("out.db"), "--server-log", folder.Path("server.jsonl"), "--poll", "0.02", .. more];

    public static async Task<ClientRun> RunAsync(TempFolder folder, string[] args, CancellationToken ct)
    {
        (int exitCode, string output, string errors) = await RunningProgram.RunAsync(Programs.Client, args, ct);
        return Of(folder, exitCode, output, errors);
    }

    public static ClientRun Of(TempFolder folder, int exitCode, string output, string errors) =>
        new(exitCode, output, errors, ResultRows.Read(folder.Path("out.db")), LoggedRun.Read(folder.Path("server.jsonl")));

    /// <summary>The numbers of the summary: batches and what became of them.</summary>
    public (int Total, int Succeeded, int Failed, int Canceled, int NotFed) Batches
    {
        get
        {
            int[] n = Numbers(BatchesLine());
            return (n[0], n[1], n[2], n[3], n[4]);
        }
    }

    /// <summary>The numbers of the summary: requests and what became of them.</summary>
    public (int Total, int Succeeded, int Failed, int Left) Requests
    {
        get
        {
            int[] n = Numbers(RequestsLine());
            return (n[0], n[1], n[2], n[3]);
        }
    }

    public double Seconds(string figure)
    {
        Match match = Regex.Match(Output, $@"^{Regex.Escape(figure)} +([\d.]+) s", RegexOptions.Multiline, TimeSpan.FromSeconds(1));
        return match.Success ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : throw new InvalidOperationException($"No '{figure}' in: {Output}");
    }

    private int[] Numbers(Regex line)
    {
        Match match = line.Match(Output);
        return match.Success
            ? [.. match.Groups.Values.Skip(1).Select(group => int.Parse(group.Value, CultureInfo.InvariantCulture))]
            : throw new InvalidOperationException($"No summary in: {Output} {Errors}");
    }

    [GeneratedRegex(@"^batches +(?<n1>\d+): (?<n2>\d+) succeeded, (?<n3>\d+) failed, (?<n4>\d+) canceled, (?<n5>\d+) not fed", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex BatchesLine();

    [GeneratedRegex(@"^requests +(?<n1>\d+): (?<n2>\d+) succeeded, (?<n3>\d+) failed, (?<n4>\d+) without a row", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex RequestsLine();
}
