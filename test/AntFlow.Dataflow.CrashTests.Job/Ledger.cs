using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace AntFlow.Dataflow.CrashTests.Job;

/// <summary>What has happened, for whoever comes after the death of this process: a line for each event, on the disk before the event goes on.</summary>
/// <remarks><b>The lock</b> keeps lines whole and in the order in which they happened. Nothing but the file and the output is used under it.</remarks>
internal sealed class Ledger(string path, TextWriter? echo = null) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SafeFileHandle _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
    private long _length;

    public void Write(string what, params ReadOnlySpan<object> details)
    {
        var line = new StringBuilder(what);
        foreach (object detail in details)
            line.Append(CultureInfo.InvariantCulture, $"\t{detail}");
        lock (_lock)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow().Ticks}\t{line}\n"));
            RandomAccess.Write(_file, bytes, _length);
            RandomAccess.FlushToDisk(_file);
            _length += bytes.Length;
            echo?.WriteLine(line);
        }
    }

    public void Dispose() => _file.Dispose();
}
