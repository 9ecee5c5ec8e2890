// Judges the report of a mutation run, file by file: Stryker knows only one score for all of them. test/mutants.sh calls it:
//   dotnet run --project eng/MutationScores -- stryker-config.json mutation-report.json [file ...]
using AntFlow.Dataflow.MutationScores;

string config = await File.ReadAllTextAsync(args[0]);
string report = await File.ReadAllTextAsync(args[1]);
IReadOnlyList<FileScore> scores = MutationReport.Read(config, report, args[2..]);
foreach (FileScore score in scores)
    Console.WriteLine(score);
Console.WriteLine($"{scores.Count(score => score.IsGood)} of {scores.Count} files have a score of {FileScore.LeastPercent} % or more, and no more than {FileScore.MostDisabledPercent} % of their mutants disabled.");
return scores.All(score => score.IsGood) ? 0 : 1;
