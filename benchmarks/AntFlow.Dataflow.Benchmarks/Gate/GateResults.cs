using System.Text.Json;

namespace AntFlow.Dataflow.Benchmarks.Gate;

/// <summary>The last run of the gate that was kept.</summary>
public sealed record GateResults(Measurement Measured, IReadOnlyList<Verdict> Rows)
{
    private const string Name = "gate.json";
    private static readonly JsonSerializerOptions _json = new() { WriteIndented = true };

    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, Name), JsonSerializer.Serialize(this, _json) + "\n");
    }

    /// <summary>Null if the gate was never run and kept.</summary>
    public static GateResults? Load(string folder)
    {
        string file = Path.Combine(folder, Name);
        return File.Exists(file) ? JsonSerializer.Deserialize<GateResults>(File.ReadAllText(file), _json) : null;
    }
}
