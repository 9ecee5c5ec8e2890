using System.Text.Json.Nodes;

namespace BatchApi.Server;

/// <summary>Writes one JSON object a line, in the order of the events; without a file it writes nothing.</summary>
internal sealed class ServerLog : IDisposable
{
    private readonly Lock _writing = new();
    private readonly StreamWriter? _writer;
    private readonly TimeProvider _time;

    public ServerLog(string? path, TimeProvider time)
    {
        _time = time;
        // Flushed line by line, so that the log can be read while the server runs, or after it was killed.
        _writer = path is null ? null : new StreamWriter(path, append: false) { AutoFlush = true };
    }

    public void Write(string what, JsonObject details) => Write(what, _time.GetUtcNow(), details);

    /// <summary>Writes an event that started earlier: <paramref name="time"/> is its start, the position in the file its end.</summary>
    public void Write(string what, DateTimeOffset time, JsonObject details)
    {
        if (_writer is null)
            return;
        var line = new JsonObject { ["time"] = time.UtcDateTime.ToString("O"), ["event"] = what };
        foreach ((string name, JsonNode? value) in details)
            line[name] = value?.DeepClone();
        lock (_writing)
            _writer.WriteLine(line.ToWire());
    }

    public void Dispose() => _writer?.Dispose();
}
