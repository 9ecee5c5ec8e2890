namespace AntFlow.Dataflow.Benchmarks.Gate;

/// <summary>What the gate is asked to do.</summary>
/// <param name="Rows">The rows to measure. Empty: all.</param>
/// <param name="Rounds">How many rounds. Default: 25; at least 9 say something.</param>
/// <param name="Save">Whether the outcome is written to results/gate.json.</param>
/// <param name="IsSelfTest">Whether the engine is slowed down, and the throughput rows have to miss.</param>
public sealed record GateOptions(IReadOnlyList<string> Rows, int Rounds, bool Save, bool IsSelfTest)
{
    public const int DefaultRounds = 25;

    /// <summary>Reads <c>--rows a,b --rounds 9 --save --selftest</c>.</summary>
    /// <exception cref="ArgumentException">Something else was found.</exception>
    public static GateOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new GateOptions([], DefaultRounds, Save: false, IsSelfTest: false);
        for (int index = 0; index < arguments.Count; index++)
        {
            options = arguments[index] switch
            {
                "--rows" => options with { Rows = Next(arguments, ref index).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) },
                "--rounds" => options with { Rounds = ParseRounds(Next(arguments, ref index)) },
                "--save" => options with { Save = true },
                "--selftest" => options with { IsSelfTest = true },
                string other => throw new ArgumentException($"The gate does not know '{other}'; it takes --rows a,b, --rounds N, --save and --selftest."),
            };
        }

        return options;
    }

    private static string Next(IReadOnlyList<string> arguments, ref int index) =>
        ++index < arguments.Count ? arguments[index] : throw new ArgumentException($"{arguments[index - 1]} needs a value.");

    private static int ParseRounds(string text) =>
        int.TryParse(text, out int rounds) && rounds > 0 ? rounds : throw new ArgumentException($"--rounds is {text}; it must be a whole number of at least 1.");
}
