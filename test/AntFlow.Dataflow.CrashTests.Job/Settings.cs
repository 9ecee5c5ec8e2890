using System.Globalization;

namespace AntFlow.Dataflow.CrashTests.Job;

/// <summary>What one life of the process is to do: <c>name=value</c> for each argument.</summary>
internal sealed class Settings
{
    private readonly Dictionary<string, string> _values;

    public Settings(IEnumerable<string> arguments)
    {
        _values = arguments.Select(argument => argument.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
    }

    /// <summary>Where the ledgers are, and the file of the store.</summary>
    public string Folder => _values["folder"];

    /// <summary>The number of this life. Every life has ledgers of its own: a line that a death has torn is the last one of its file.</summary>
    public int Life => Number("life");

    /// <summary>Where the PostgreSQL server is; null for SQLite.</summary>
    public string? Server => Text("server");

    /// <summary>The schema in the server.</summary>
    public string Schema => Text("schema") ?? "antflow";

    public TimeSpan Lease => TimeSpan.FromSeconds(Number("lease", 30));

    /// <summary>How many items there are: n:0, n:1, ...</summary>
    public int Items => Number("items");

    /// <summary>From which item on they are fed: those before are brought back by the run.</summary>
    public int FeedFrom => Number("feedFrom", 0);

    public bool PersistInput => Number("persist", 0) == 1;

    /// <summary>The option of that name; null for its default.</summary>
    public int? MaxCrashes => Text("maxCrashes") is null ? null : Number("maxCrashes");

    /// <summary>The item whose body of stage Flaky kills the process; -1 for none.</summary>
    public int Poison => Number("poison", -1);

    /// <summary>How the poison kills: <c>kill</c> by SIGKILL, <c>exit</c> by Environment.Exit, <c>crash</c> by an exception nobody catches.</summary>
    public string PoisonBy => Text("poisonBy") ?? "kill";

    /// <summary>Whether bodies of stage Submit wait until the input says that they may go on.</summary>
    public bool IsHeld => Number("held", 0) == 1;

    /// <summary>Whether the input is read for orders although nothing is held.</summary>
    public bool Obeys => Number("obeys", 0) == 1;

    /// <summary>What keeps the process going that would end it: <c>signals</c> (as a host does) or <c>keys</c> (as a program with <c>CancelKeyPress</c> does),
    /// or <c>run</c>, which stops then; null for nothing.</summary>
    public string? Handles => Text("handles");

    /// <summary>Whether the lines of the ledger go to the output as well.</summary>
    public bool IsEchoed => Number("echo", 0) == 1;

    /// <summary>At which moment the process kills itself; null for never.</summary>
    public string? KillAt => Text("killAt");

    /// <summary>At which one of those moments, from 1.</summary>
    public int KillNumber => Number("killNumber", 1);

    /// <summary>How far into a commit, as a part of what one took so far, in thousandths.</summary>
    public int KillDepth => Number("killDepth", 500);

    private string? Text(string name) => _values.GetValueOrDefault(name);

    private int Number(string name, int? otherwise = null) =>
        Text(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise ?? throw new ArgumentException($"{name} is missing.");
}
