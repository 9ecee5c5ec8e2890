using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>The side file of a run. The process that holds its lock owns the run: the kernel releases the lock when the process ends, and keeps it while the process is stopped. The file
/// records the attempts that have started and not ended.</summary>
/// <remarks>
/// <para>Marks are written with plain writes, without syncing: they go to the page cache, which belongs to the kernel and survives the process. The file is not memory-mapped: a full disk
/// or a truncated file would then crash the process.</para>
/// <para>Layout, in slots of 512 bytes: first a head with the id of the store, the last known state of the database (<see cref="OwnedMark"/>) and, at its end, the epoch whose process ended as
/// planned (<see cref="PlannedEndMark"/>); then the marks of earlier owners that have not been counted yet; then the marks of this owner. The marks of an earlier owner are never
/// overwritten before <see cref="Forget"/>. No lock: each slot is written by one worker at a time.</para>
/// </remarks>
[DebuggerDisplay("{_path}, {Interrupted.Count} interrupted")]
internal sealed class RunFile : IDisposable
{
    private const int OwnedOffset = 64;
    private const int PlannedEndOffset = MarkSlot.Size - PlannedEndMark.Size;
    private static readonly byte[] _empty = new byte[MarkSlot.HeadSize];
    private readonly string _path;
    private readonly FileStream _stream;
    private readonly SafeFileHandle _file;
    private readonly long _first;
    private volatile bool _isForgotten;

    private RunFile(string path, FileStream stream, ReadOnlySpan<byte> storeId)
    {
        _path = path;
        _stream = stream;
        _file = stream.SafeFileHandle;
        List<StartMark> asPlanned = [];
        ThrowIfOfAnother(path, _file, storeId);
        List<StartMark> marks = HasHead(_file, storeId) ? GatherMarks(asPlanned) : Begin(storeId);
        Owned = ReadOwned(_file);
        _first = (marks.Count + 1) * MarkSlot.Size;
        RandomAccess.SetLength(_file, _first);
        _isForgotten = marks.Count == 0;

        // A crash during the gathering leaves some marks twice.
        Interrupted = [.. marks.Distinct()];
        InterruptedAsPlanned = [.. asPlanned.Distinct()];
    }

    /// <summary>The attempts that earlier owners had started and not ended.</summary>
    public IReadOnlyList<StartMark> Interrupted { get; }

    /// <summary>The attempts that the last owner had started and not ended, if its process ended as planned. They are no longer in the file.</summary>
    public IReadOnlyList<StartMark> InterruptedAsPlanned { get; }

    /// <summary>The state of the database that the last owner recorded; zeros if none has.</summary>
    public OwnedMark Owned { get; }

    /// <summary>Locks the file of a run.</summary>
    /// <returns>The file; null if another owner holds it.</returns>
    /// <exception cref="IOException">The file cannot be opened, for another reason than its lock.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not open it.</exception>
    /// <exception cref="InvalidDataException">The file belongs to another database.</exception>
    public static RunFile? TryLock(string path, ReadOnlySpan<byte> storeId)
    {
        FileStream? stream = null;
        try
        {
            stream = new FileStream(path, PrivateFile.Options(FileMode.OpenOrCreate, FileShare.None));
            return new RunFile(path, stream, storeId);
        }
        catch (IOException error) when (stream is null && IsSharingViolation(error))
        {
            return null;
        }
        catch (Exception error) when (stream is null && error is IOException or UnauthorizedAccessException)
        {
            throw FileTrouble.OfSideFile(path, error);
        }
        catch
        {
            stream?.Dispose();
            throw;
        }
    }

    /// <summary>Returns any side file of a database; null if there is none.</summary>
    public static string? FindAny(string database)
    {
        string folder = Path.GetDirectoryName(database)!;
        string begin = Path.GetFileName(database) + "-run-";
        return Directory.EnumerateFiles(folder)
            .FirstOrDefault(file => Path.GetFileName(file) is { } name && name.StartsWith(begin, StringComparison.Ordinal) && name.AsSpan(begin.Length).IndexOfAnyExceptInRange('0', '9') < 0
                && new FileInfo(file).Length > 0);
    }

    /// <summary>Refuses a side file that exists although the database has no record of its run: the database has lost data.</summary>
    public static void ThrowIfKnown(string path, ReadOnlySpan<byte> storeId)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            ThrowIfOfAnother(path, file, storeId);
            if (HasHead(file, storeId) && ReadOwned(file) is { Epoch: > 0 } owned)
                throw Older(path, owned, default);
        }
        catch (FileNotFoundException)
        {
            // As expected.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw FileTrouble.OfSideFile(path, error);
        }
    }

    /// <summary>Refuses a database that is older than its side file records.</summary>
    /// <param name="found">The state of the database.</param>
    public void ThrowIfOlder(OwnedMark found)
    {
        if (found.Epoch < Owned.Epoch || (found.Epoch == Owned.Epoch && found.Written < Owned.Written))
            throw Older(_path, Owned, found);
    }

    /// <summary>Records the state of the database. Called only after that state is durable there.</summary>
    public void NoteOwned(OwnedMark owned)
    {
        Span<byte> bytes = stackalloc byte[OwnedMark.Size];
        owned.Write(bytes);
        RandomAccess.Write(_file, bytes, OwnedOffset);
    }

    // EAGAIN of Linux and of macOS, ERROR_SHARING_VIOLATION of Windows.
    private static bool IsSharingViolation(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020);

    /// <summary>Whether the file of a run is locked. The check takes the lock for a moment, which is why an owner tries more than once.</summary>
    /// <param name="path">The file.</param>
    /// <param name="unknown">Why the answer cannot be determined; null if it can.</param>
    /// <returns>Whether it is locked; null if that cannot be determined.</returns>
    public static bool? IsLocked(string path, out string? unknown)
    {
        unknown = null;
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException error) when (IsSharingViolation(error))
        {
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            unknown = $"its side file '{path}' cannot be opened: {FileTrouble.Why(error)}";
            return null;
        }
    }

    /// <summary>Ensures that locks work where the file is. Some network drives ignore them, as does .NET if it is configured so; two owners would then do everything twice.</summary>
    public void ThrowIfNotLocked()
    {
        if (IsLocked(_path, out _) == false)
            throw new IOException($"The lock on '{_path}' has no effect: its file system, or a setting of this process, ignores locks. Keep the checkpoints on a local disk.");
    }

    public void Start(int slot, in StartMark mark)
    {
        Span<byte> bytes = stackalloc byte[MarkSlot.Size];
        int length = MarkSlot.Write(bytes, mark);
        RandomAccess.Write(_file, bytes[..length], OffsetOf(slot));
    }

    public void End(int slot) => RandomAccess.Write(_file, _empty, OffsetOf(slot));

    /// <summary>Records that the process of an epoch is about to end as planned; 0 for none.</summary>
    public void MarkPlannedEnd(long epoch)
    {
        Span<byte> bytes = stackalloc byte[PlannedEndMark.Size];
        PlannedEndMark.Write(bytes, epoch);
        RandomAccess.Write(_file, bytes, PlannedEndOffset);
    }

    /// <summary>Deletes <see cref="Interrupted"/>.</summary>
    public void Forget()
    {
        if (_isForgotten)
            return;
        for (long offset = MarkSlot.Size; offset < _first; offset += MarkSlot.Size)
            RandomAccess.Write(_file, _empty, offset);
        _isForgotten = true;
    }

    /// <summary>Removes the marks of this owner.</summary>
    public void Tidy() => RandomAccess.SetLength(_file, _isForgotten ? MarkSlot.Size : _first);

    /// <summary>Releases the file, as the end of the process would.</summary>
    public void Dispose() => _stream.Dispose();

    private long OffsetOf(int slot) => _first + ((long)slot * MarkSlot.Size);

    private static bool HasHead(SafeFileHandle file, ReadOnlySpan<byte> storeId)
    {
        Span<byte> head = stackalloc byte[4 + storeId.Length];
        return RandomAccess.Read(file, head, 0) == head.Length && BitConverter.ToUInt32(head) == MarkSlot.Crc(storeId) && head[4..].SequenceEqual(storeId);
    }

    private static OwnedMark ReadOwned(SafeFileHandle file)
    {
        Span<byte> bytes = stackalloc byte[OwnedMark.Size];
        return RandomAccess.Read(file, bytes, OwnedOffset) == bytes.Length ? OwnedMark.Read(bytes) : default;
    }

    /// <summary>Refuses a file with an intact head of another store. A file with a torn head is accepted: its process was killed while it created the file.</summary>
    private static void ThrowIfOfAnother(string path, SafeFileHandle file, ReadOnlySpan<byte> storeId)
    {
        Span<byte> head = stackalloc byte[4 + storeId.Length];
        if (RandomAccess.Read(file, head, 0) != head.Length || BitConverter.ToUInt32(head) != MarkSlot.Crc(head[4..]) || head[4..].SequenceEqual(storeId))
            return;
        throw new InvalidDataException(
            $"The side file '{path}' belongs to another database than the one next to it: the database, or its log (-wal), was lost, replaced or moved without the others. Put back the files that belong together; to continue with this database and repeat the work it does not contain, delete the side file.");
    }

    private static InvalidDataException Older(string path, OwnedMark owned, OwnedMark found)
    {
        string database = path[..path.LastIndexOf("-run-", StringComparison.Ordinal)];
        string knows = found.Epoch == 0 ? "has no record of its run" : $"ends with opening {found.Epoch}, written at {Time(found)}";
        return new InvalidDataException(
            $"The checkpoints in '{database}' are older than the side file '{path}': the side file was last written in opening {owned.Epoch}, at {Time(owned)}, and the database {knows}. Its log '{database}-wal' was lost, or the database is an older copy. Put back the files that belong together; to continue with what the database has and repeat the rest, delete the side file.");

        static string Time(OwnedMark mark) => new DateTime(mark.Written, DateTimeKind.Utc).ToString("u", System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Begins a new file; also overwrites a file that was created and not finished.</summary>
    private List<StartMark> Begin(ReadOnlySpan<byte> storeId)
    {
        RandomAccess.SetLength(_file, 0);
        Span<byte> head = stackalloc byte[4 + storeId.Length];
        BitConverter.TryWriteBytes(head, MarkSlot.Crc(storeId));
        storeId.CopyTo(head[4..]);
        RandomAccess.Write(_file, head, 0);
        return [];
    }

    /// <summary>Reads the marks, and moves those of crashes to the front. A slot is overwritten only after its mark was copied: no mark is lost, whenever the process crashes.</summary>
    private List<StartMark> GatherMarks(List<StartMark> asPlanned)
    {
        Span<byte> head = stackalloc byte[PlannedEndMark.Size];
        long planned = RandomAccess.Read(_file, head, PlannedEndOffset) == head.Length ? PlannedEndMark.Read(head) : 0;
        List<StartMark> marks = [];
        Span<byte> slot = stackalloc byte[MarkSlot.Size];
        long length = RandomAccess.GetLength(_file);
        for (long offset = MarkSlot.Size; offset < length; offset += MarkSlot.Size)
        {
            slot.Clear();
            _ = RandomAccess.Read(_file, slot, offset);
            if (MarkSlot.Read(slot) is not { } mark)
                continue;
            if (mark.Epoch == planned)
            {
                asPlanned.Add(mark);
                continue;
            }

            marks.Add(mark);
            long target = (long)marks.Count * MarkSlot.Size;
            if (target != offset)
                RandomAccess.Write(_file, slot, target);
        }

        return marks;
    }
}
