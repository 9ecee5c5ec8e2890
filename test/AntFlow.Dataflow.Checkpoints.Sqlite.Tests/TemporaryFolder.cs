namespace AntFlow.Dataflow.Checkpoints.Sqlite.Tests;

/// <summary>A folder for one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("antflow-sqlite-");

    public string Path => _folder.FullName;

    /// <summary>The file of the store.</summary>
    public string Database => this["test.db"];

    public string this[string name] => System.IO.Path.Combine(_folder.FullName, name);

    public IEnumerable<string?> Files => Directory.EnumerateFiles(_folder.FullName).Select(System.IO.Path.GetFileName);

    public void Dispose() => _folder.Delete(recursive: true);
}
