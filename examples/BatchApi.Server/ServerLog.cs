using System.Text.Json.Nodes;

namespace BatchApi.Server;

/// <summary>One JSON object a line, in the order of what happened; nothing at all without a file.</summary>
internal sealed class ServerLog : IDisposable
{
    private readonly Lock _writing = new();
    private readonly StreamWriter? _writer;
    private readonly TimeProvider _time;

    public ServerLog(string? path, TimeProvider time)
    {
        _time = time;
        // Flushed line by line: whoever reads it may do so while we run, or after we were killed.
        _writer = path is null ? null : new StreamWriter(path, append: false) { AutoFlush = true };
    }

    public void Write(string what, JsonObject details) => Write(what, _time.GetUtcNow(), details);

    /// <summary>For what began earlier: <paramref name="time"/> is its beginning, the place in the file is its end.</summary>
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
