using System.Globalization;

namespace BatchApi;

/// <summary>The parsed command line, or its errors.</summary>
internal sealed record ClientOptions
{
    public const string KeyVariable = "OPENAI_API_KEY";

    public const string Usage = """
        BatchApi: sends a file of requests through the batch API, every batch through Upload, Check, Download and Save.
          --input FILE        requests in OpenAI batch format, a JSON object a line; default: those of this example
          --output FILE       the SQLite file for the results; default results.db. Requests that have a row in it are not sent
          --batch-size N      requests a batch, from 1 to 50000; default 50
          --poll SECONDS      between two polls of a batch; default 0.1 on this machine, 15 elsewhere
          --endpoint URL      the API; default https://api.openai.com/v1 if OPENAI_API_KEY is set, else a local server
          --checkpoints FILE  the SQLite file from which a run resumes after a crash; default: the output's name with .checkpoints.
                              Not with the local server, which ends with this process
          --local             uses the local server even if OPENAI_API_KEY is set
        The local server:
          --seed N            the seed of its delays and errors; default 7
          --speed X           how many times faster than normal its batches run; default 1
          --trouble X         how often it refuses calls and its batches fail or expire; 0 never; default 1
          --server-log FILE   its log, JSON lines
          --serve             runs only that server, with the other arguments (--serve --help lists them)
        Ctrl-C finishes the batches in progress and stops; a second Ctrl-C cancels.
        Exit codes: 0 succeeded, 1 failed, 2 wrong arguments or input, 3 stopped, 130 canceled.
        """;

    public string Input { get; init; } = Path.Combine(AppContext.BaseDirectory, "data", "requests.jsonl");
    public string Output { get; init; } = "results.db";
    public int BatchSize { get; init; } = 50;
    public double? PollSeconds { get; init; }
    public Uri? Endpoint { get; init; }
    public string? Checkpoints { get; init; }
    public bool Local { get; init; }
    public int Seed { get; init; } = 7;
    public double Speed { get; init; } = 1;
    public double Trouble { get; init; } = 1;
    public string? ServerLog { get; init; }
    public bool Help { get; init; }

    public string CheckpointFile => Checkpoints ?? $"{Output}.checkpoints";

    /// <summary>The arguments of the local server.</summary>
    public IReadOnlyList<string> ServerArguments =>
    [
        "--seed", Seed.ToString(CultureInfo.InvariantCulture),
        "--speed", Speed.ToString("R", CultureInfo.InvariantCulture),
        "--trouble", Trouble.ToString("R", CultureInfo.InvariantCulture),
        .. ServerLog is null ? Array.Empty<string>() : ["--log", ServerLog],
    ];

    /// <exception cref="UsageException">An argument is unknown, has no value or a wrong one.</exception>
    public static ClientOptions Parse(IReadOnlyList<string> args)
    {
        var options = new ClientOptions();
        for (int i = 0; i < args.Count; i++)
        {
            string name = args[i];
            options = name switch
            {
                "--input" => options with { Input = Value() },
                "--output" => options with { Output = Value() },
                "--batch-size" => options with { BatchSize = (int)Number(name, Value(), 1, 50_000, whole: true) },
                "--poll" => options with { PollSeconds = Number(name, Value(), 0.001, 3600, whole: false) },
                "--endpoint" => options with { Endpoint = Url(name, Value()) },
                "--checkpoints" => options with { Checkpoints = Value() },
                "--local" => options with { Local = true },
                "--seed" => options with { Seed = (int)Number(name, Value(), int.MinValue, int.MaxValue, whole: true) },
                "--speed" => options with { Speed = Number(name, Value(), 0.01, 1000, whole: false) },
                "--trouble" => options with { Trouble = Number(name, Value(), 0, 100, whole: false) },
                "--server-log" => options with { ServerLog = Value() },
                "--help" or "-h" => options with { Help = true },
                _ => throw new UsageException($"Unknown argument '{name}'. --help lists what there is."),
            };

            string Value() => ++i < args.Count ? args[i] : throw new UsageException($"{name} needs a value after it.");
        }

        return options.Help ? options : options.Checked();
    }

    private ClientOptions Checked()
    {
        if (Directory.Exists(Input))
            throw new UsageException($"--input is '{Input}'; that is a folder, it must be a file.");
        if (!File.Exists(Input))
            throw new UsageException($"--input is '{Input}'; there is no such file.");
        if (Directory.Exists(Output))
            throw new UsageException($"--output is '{Output}'; that is a folder, it must be a file.");
        if (Path.GetDirectoryName(Path.GetFullPath(Output)) is { } folder && !Directory.Exists(folder))
            throw new UsageException($"--output is '{Output}'; there is no folder '{folder}'.");
        if (Local && Endpoint is not null)
            throw new UsageException("--local and --endpoint exclude each other: the one starts a server, the other names one.");
        if (Checkpoints is not null && Path.GetFullPath(Checkpoints) == Path.GetFullPath(Output))
            throw new UsageException($"--checkpoints and --output are both '{Output}'; they must be two files.");
        return this;
    }

    private static double Number(string name, string text, double least, double most, bool whole)
    {
        NumberStyles style = whole ? NumberStyles.AllowLeadingSign : NumberStyles.Float;
        if (!double.TryParse(text, style, CultureInfo.InvariantCulture, out double value) || !(value >= least && value <= most))
        {
            string kind = whole ? "a whole number" : "a number";
            throw new UsageException(FormattableString.Invariant($"{name} is '{text}'; it must be {kind} from {least} to {most}."));
        }

        return value;
    }

    private static Uri Url(string name, string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https"
            ? url
            : throw new UsageException($"{name} is '{text}'; it must be a URL such as https://api.openai.com/v1.");
}

/// <summary>An error that the user can fix: in an argument or in the input. Only its message is printed.</summary>
internal sealed class UsageException(string message) : Exception(message);
