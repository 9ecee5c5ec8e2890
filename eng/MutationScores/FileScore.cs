using System.Globalization;

namespace AntFlow.Dataflow.MutationScores;

/// <summary>What became of the mutants of one file.</summary>
/// <param name="File">The path of the file, as the list of files to mutate has it.</param>
/// <param name="Killed">How many a test notices, or brings into a loop without end.</param>
/// <param name="Alive">How many mutants no test notices.</param>
/// <param name="Disabled">How many are disabled by a comment.</param>
public sealed record FileScore(string File, int Killed, int Alive, int Disabled)
{
    /// <summary>The least share of the mutants that must be killed.</summary>
    public const double LeastPercent = 95;

    /// <summary>The largest share of the mutants that may be disabled by comments.</summary>
    public const double MostDisabledPercent = 5;

    /// <summary>The share that is killed of those that are not disabled, in percent.</summary>
    public double Percent => 100.0 * Killed / (Killed + Alive);

    /// <summary>The share that is disabled, in percent.</summary>
    public double DisabledPercent => 100.0 * Disabled / (Killed + Alive + Disabled);

    /// <summary>Whether both shares are within their bounds. A file without a mutant was not measured.</summary>
    public bool IsGood => Killed + Alive > 0 && Percent >= LeastPercent && DisabledPercent <= MostDisabledPercent;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(IsGood ? "  " : "! ")}{File,-32} {Percent,6:0.0} %  {Killed,4} killed {Alive,3} alive {Disabled,3} disabled");
}
