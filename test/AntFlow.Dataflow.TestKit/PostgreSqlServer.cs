using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NUnit.Framework;

namespace AntFlow.Dataflow.TestKit;

/// <summary>A PostgreSQL server of one's own: on a free port, with its data in a temporary folder. It ends with this object, or with this process, however that dies.</summary>
public sealed class PostgreSqlServer : IAsyncDisposable
{
    // initdb and postgres refuse to run as root.
    private const string Unprivileged = "postgres";
    private const string UserName = "antflow";

    // Its input ends when this process is no more.
    private const string WatchScript = "trap '' INT TERM HUP; read -r line; \"$1/pg_ctl\" -D \"$2/data\" -m immediate -w stop; rm -rf \"$2\"";

    private readonly string _bin;
    private readonly string _folder;
    private int _port;
    private Process? _watcher;

    private PostgreSqlServer(string bin)
    {
        _bin = bin;
        _folder = Path.Combine(Path.GetTempPath(), $"antflow-pg-{Guid.NewGuid():N}");
        _port = FindFreePort();
    }

    /// <summary>Where Npgsql finds it.</summary>
    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Username={UserName};Database=postgres;Timeout=10;Include Error Detail=true";

    /// <summary>What the server has logged so far.</summary>
    public string Log => File.ReadAllText(Path.Combine(_folder, "log"));

    /// <summary>Why there is none here; null if there is.</summary>
    public static string? MissingBecause()
    {
        if (OperatingSystem.IsWindows())
            return "The server for tests is not started on Windows.";
        return FindPrograms() is null ? "PostgreSQL is not installed: apt-get install postgresql." : null;
    }

    /// <summary>A port that nobody listens on.</summary>
    public static int FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Skips the test that calls it where there is none, and says why. On a build server it fails: one that lacks it would go on for years without these tests.</summary>
    public static void SkipIfMissing()
    {
        if (MissingBecause() is not { } why)
            return;
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
            Assert.Fail(why);
        Assert.Ignore(why);
    }

    /// <summary>Makes a server, and waits until it answers.</summary>
    public static async Task<PostgreSqlServer> StartAsync()
    {
        var server = new PostgreSqlServer(FindPrograms() ?? throw new InvalidOperationException(MissingBecause()));
        try
        {
            await server.MakeAsync();
            return server;
        }
        catch (Exception)
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops it as a failing machine would, but for the page cache: no session is ended, nothing is flushed.</summary>
    public Task StopImmediateAsync() => CallAsync($"{_bin}/pg_ctl", "-D", Data, "-m", "immediate", "-w", "stop");

    /// <summary>Starts it again on the same port, after it was stopped; it recovers from its log, and then answers.</summary>
    public Task RestartAsync() => CallAsync($"{_bin}/pg_ctl", "-D", Data, "-l", Path.Combine(_folder, "log"), "-o", $"-p {_port}", "-w", "-t", "120", "start");

    /// <summary>Starts it again on another port, after it was stopped.</summary>
    public Task RestartElsewhereAsync(int port)
    {
        _port = port;
        return RestartAsync();
    }

    /// <summary>Stops all of its processes where they stand: who asks gets no answer, and is not refused either.</summary>
    public async Task StallAsync()
    {
        string main = MainProcess;
        // First the one that would start others.
        await RunAsync("kill", "-STOP", main);
        await RunAsync("kill", ["-STOP", .. await ListChildrenAsync(main)]);
    }

    /// <summary>Has all of its processes go on.</summary>
    public async Task GoOnAsync()
    {
        string main = MainProcess;
        await RunAsync("kill", ["-CONT", .. await ListChildrenAsync(main)]);
        await RunAsync("kill", "-CONT", main);
    }

    /// <summary>From now on a role has to say its password.</summary>
    public async Task DemandPasswordAsync(string role)
    {
        string rules = Path.Combine(Data, "pg_hba.conf");
        await File.WriteAllTextAsync(rules, $"host all {role} 127.0.0.1/32 scram-sha-256\n{await File.ReadAllTextAsync(rules)}");
        await CallAsync($"{_bin}/pg_ctl", "-D", Data, "reload");
    }

    /// <summary>Asks for one value.</summary>
    public async Task<string> AskAsync(string question) =>
        (await CallAsync($"{_bin}/psql", "-h", "127.0.0.1", "-p", $"{_port}", "-U", UserName, "-d", "postgres", "-Atc", question)).Trim();

    public async ValueTask DisposeAsync()
    {
        if (_watcher is { } watcher)
        {
            watcher.StandardInput.Close();
            await watcher.WaitForExitAsync();
            watcher.Dispose();
        }
        else if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static bool IsRoot => Environment.UserName == "root";

    private string Data => Path.Combine(_folder, "data");

    private string MainProcess => File.ReadLines(Path.Combine(Data, "postmaster.pid")).First();

    private async Task<string[]> ListChildrenAsync(string process) =>
        (await RunAsync("pgrep", "-P", process)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private async Task MakeAsync()
    {
        Directory.CreateDirectory(_folder);
        if (IsRoot)
            await RunAsync("chown", Unprivileged, _folder);
        await CallAsync($"{_bin}/initdb", "-D", Data, "-U", UserName, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync");
        string[] settings =
        [
            $"port = {_port}", "listen_addresses = '127.0.0.1'", $"unix_socket_directories = '{_folder}'", "fsync = on", "max_connections = 200", "shared_buffers = '32MB'",
        ];
        await File.AppendAllLinesAsync(Path.Combine(Data, "postgresql.conf"), settings);
        (string program, string[] arguments) = AsUnprivileged("sh", "-c", WatchScript, "sh", _bin, _folder);
        _watcher = Start(program, arguments, _folder);
        // Read so that it never waits for a reader; nobody looks at it.
        _ = _watcher.StandardOutput.ReadToEndAsync();
        _ = _watcher.StandardError.ReadToEndAsync();
        await RestartAsync();
    }

    private Task<string> CallAsync(string program, params string[] arguments)
    {
        (string called, string[] given) = AsUnprivileged(program, arguments);
        return RunAsync(called, given);
    }

    private static (string Program, string[] Arguments) AsUnprivileged(string program, params string[] arguments) =>
        IsRoot ? ("runuser", ["-u", Unprivileged, "--", program, .. arguments]) : (program, arguments);

    private async Task<string> RunAsync(string program, params string[] arguments)
    {
        using Process process = Start(program, arguments, _folder);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? await output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {await output}{await errors}");
    }

    private static Process Start(string program, string[] arguments, string folder) =>
        Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;

    /// <summary>Where initdb and its like are: Debian keeps them off the path, one folder a version.</summary>
    private static string? FindPrograms()
    {
        IEnumerable<string> folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        const string debian = "/usr/lib/postgresql";
        if (Directory.Exists(debian))
        {
            IEnumerable<string> versions = Directory.EnumerateDirectories(debian)
                .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), out int version) ? version : 0)
                .Select(folder => Path.Combine(folder, "bin"));
            folders = versions.Concat(folders);
        }

        return folders.FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "pg_ctl")));
    }
}
