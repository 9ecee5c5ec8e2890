using System.Globalization;

namespace BatchApi.Server;

/// <summary>The parsed command line, or its errors.</summary>
internal sealed record ServerOptions
{
    public const string Usage = """
        BatchApi.Server: the files and batches of OpenAI's HTTP API, with simulated delays and errors.
          --port N               the loopback port; 0, the default, uses a free one
          --seed N               the seed of all random numbers; default 1
          --speed X              how many times faster than normal batches run; default 1
          --trouble X            how often calls are refused, batches fail or expire; 0 never, 1 (the default) occasionally
          --key KEY              the only key that is accepted; default: any
          --log FILE             writes JSON lines: every request, every state of every batch
          --until-stdin-closes   ends when its standard input closes, and leaves Ctrl-C to the process that started it
        """;

    public int Port { get; init; }
    public int Seed { get; init; } = 1;
    public double Speed { get; init; } = 1;
    public double Trouble { get; init; } = 1;
    public string? Key { get; init; }
    public string? Log { get; init; }
    public bool UntilStdinCloses { get; init; }
    public bool Help { get; init; }

    /// <exception cref="FormatException">An argument is unknown, has no value or a wrong one.</exception>
    public static ServerOptions Parse(IReadOnlyList<string> args)
    {
        var options = new ServerOptions();
        for (int i = 0; i < args.Count; i++)
        {
            string name = args[i];
            options = name switch
            {
                "--port" => options with { Port = (int)Number(name, Value(), 0, 65535, whole: true) },
                "--seed" => options with { Seed = (int)Number(name, Value(), int.MinValue, int.MaxValue, whole: true) },
                "--speed" => options with { Speed = Number(name, Value(), 0.01, 1000, whole: false) },
                "--trouble" => options with { Trouble = Number(name, Value(), 0, 100, whole: false) },
                "--key" => options with { Key = Value() },
                "--log" => options with { Log = Value() },
                "--until-stdin-closes" => options with { UntilStdinCloses = true },
                "--help" or "-h" => options with { Help = true },
                _ => throw new FormatException($"Unknown argument '{name}'. --help lists what there is."),
            };

            string Value() => ++i < args.Count ? args[i] : throw new FormatException($"{name} needs a value after it.");
        }

        return options;
    }

    private static double Number(string name, string text, double least, double most, bool whole)
    {
        NumberStyles style = whole ? NumberStyles.AllowLeadingSign : NumberStyles.Float;
        if (!double.TryParse(text, style, CultureInfo.InvariantCulture, out double value) || !(value >= least && value <= most))
        {
            string kind = whole ? "a whole number" : "a number";
            throw new FormatException(FormattableString.Invariant($"{name} is '{text}'; it must be {kind} from {least} to {most}."));
        }

        return value;
    }
}
