using System.Text.Json;

namespace AntFlow.Dataflow.MutationScores;

/// <summary>Reads the report that Stryker writes as JSON.</summary>
public static class MutationReport
{
    /// <summary>Stryker ignores mutants for reasons of its own, too; those that a comment disables have the reason that the comment gives.</summary>
    private const string OwnReason = "Removed by";

    /// <summary>The scores of those of the files that were mutated.</summary>
    /// <param name="config">The text of the configuration, which lists the files.</param>
    /// <param name="report">The text of the report.</param>
    /// <param name="only">The files that were mutated; none for all of the list.</param>
    public static IReadOnlyList<FileScore> Read(string config, string report, IReadOnlyCollection<string> only)
    {
        using var settings = JsonDocument.Parse(config);
        using var results = JsonDocument.Parse(report);
        string[] listed = [.. settings.RootElement.GetProperty("stryker-config").GetProperty("mutate").EnumerateArray().Select(file => file.GetString()!)];
        JsonProperty[] files = [.. results.RootElement.GetProperty("files").EnumerateObject()];
        return [.. (only.Count == 0 ? listed : only).Select(file => Score(file, files))];
    }

    private static FileScore Score(string file, JsonProperty[] files)
    {
        (int killed, int alive, int disabled) = (0, 0, 0);
        foreach (JsonProperty result in files.Where(result => result.Name.Replace('\\', '/').EndsWith("/" + file, StringComparison.Ordinal)))
        {
            foreach (JsonElement mutant in result.Value.GetProperty("mutants").EnumerateArray())
            {
                switch (mutant.GetProperty("status").GetString())
                {
                    case "Killed" or "Timeout":
                        killed++;
                        break;
                    case "Survived" or "NoCoverage":
                        alive++;
                        break;
                    case "Ignored" when !ReasonOf(mutant).StartsWith(OwnReason, StringComparison.Ordinal):
                        disabled++;
                        break;
                    default:
                        // It does not compile, or says no more than another one.
                        break;
                }
            }
        }

        return new FileScore(file, killed, alive, disabled);
    }

    private static string ReasonOf(JsonElement mutant) => mutant.TryGetProperty("statusReason", out JsonElement reason) ? reason.GetString() ?? string.Empty : string.Empty;
}
