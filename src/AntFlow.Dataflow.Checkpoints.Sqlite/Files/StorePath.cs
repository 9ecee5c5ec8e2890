using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>Resolves the file of a path, and determines whether a store may be kept in it.</summary>
internal static partial class StorePath
{
    private const int CurrentFolder = -100;
    private const uint BasicStats = 0x7ff;
    private const ulong MountRoot = 0x2000;
    private const int KindOfFile = 0xf000;
    private const int RegularFile = 0x8000;

    /// <summary>Returns the file itself, without links: with two names of one file, a run would have two side files and two owners.</summary>
    /// <exception cref="ArgumentException">The path is not the path of a file.</exception>
    public static string Resolve(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (FindOtherThing(path.Trim()) is { } thing)
        {
            throw new ArgumentException(
                $"'{path}' is {thing}, not the path of a file. Give the path of a file, such as nightly.db; for checkpoints that need not survive the process, use InMemoryCheckpointStore.",
                nameof(path));
        }

        var file = new FileInfo(Path.GetFullPath(path));
        return file.LinkTarget is null ? file.FullName : file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
    }

    /// <summary>Refuses a file that has a second name: its log, its locks and its side files are next to the name, and two processes that use two names would destroy it.</summary>
    /// <exception cref="IOException">The file has a second name.</exception>
    public static void ThrowIfTwoNames(string path)
    {
        Span<byte> stat = stackalloc byte[256];
        if (!TryStat(path, stat) || (BinaryPrimitives.ReadUInt16LittleEndian(stat[28..]) & KindOfFile) != RegularFile)
            return;
        uint links = BinaryPrimitives.ReadUInt32LittleEndian(stat[16..]);
        if (links > 1)
        {
            throw new IOException(
                $"The file '{path}' has {links} names (hard links). A store has its log, its locks and its side files next to its name, so two programs that use two names would destroy it. Copy the file, and remove the other names.");
        }

        if (IsMounted(path, stat))
        {
            throw new IOException(
                $"The file '{path}' is a mount of its own. A store has its log, its locks and its side files next to its name, so programs that see it in two places would destroy it. Mount the folder instead of the file.");
        }
    }

    private static string? FindOtherThing(string path)
    {
        if (path.Equals(":memory:", StringComparison.OrdinalIgnoreCase))
            return "a database in memory";
        if (path.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
            return "a URI";
        int end = path.IndexOf('=', StringComparison.Ordinal);
        return end > 0 && path[..end].Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant() is "DATASOURCE" or "FILENAME" ? "a connection string" : null;
    }

    private static bool IsMounted(string path, ReadOnlySpan<byte> stat)
    {
        if ((BinaryPrimitives.ReadUInt64LittleEndian(stat[56..]) & MountRoot) != 0)
            return (BinaryPrimitives.ReadUInt64LittleEndian(stat[8..]) & MountRoot) != 0;
        Span<byte> folder = stackalloc byte[256];
        return Path.GetDirectoryName(path) is { } name && TryStat(name, folder) && !folder.Slice(136, 8).SequenceEqual(stat.Slice(136, 8));
    }

    /// <summary>Reads the status of a file without opening it: closing it again would release the locks of SQLite. False where the system has no such call.</summary>
    private static bool TryStat(string path, Span<byte> stat)
    {
        if (!OperatingSystem.IsLinux() || !BitConverter.IsLittleEndian)
            return false;
        byte[] name = new byte[Encoding.UTF8.GetByteCount(path) + 1];
        Encoding.UTF8.GetBytes(path, name);
        try
        {
            return StatX(CurrentFolder, name, 0, BasicStats, stat) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    // Its layout is the same on every processor, unlike that of stat.
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int StatX(int folder, ReadOnlySpan<byte> path, int flags, uint mask, Span<byte> stat);
}
