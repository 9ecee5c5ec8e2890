using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>The side file of a run. Whoever holds it locked owns the run: the kernel frees the lock at the death of the process, and keeps it for one that is stopped. In it is noted
/// what was started and has not ended.</summary>
/// <remarks>
/// <para>Marks are written with plain writes, without syncing: they go to the page cache, which belongs to the kernel and survives the process. Not memory-mapped: there a full disk,
/// or a file that got shorter, kills the process.</para>
/// <para>Layout, in slots of 512 bytes: a head with the id of the store and, at its end, the epoch whose process ended as planned (<see cref="PlannedEndMark"/>); the marks of earlier owners that nobody has counted yet; this owner's. An earlier owner's are never
/// overwritten before <see cref="Forget"/>. No lock: every slot is written by one worker at a time.</para>
/// </remarks>
[DebuggerDisplay("{_path}, {Interrupted.Count} interrupted")]
internal sealed class RunFile : IDisposable
{
    private const int PlannedEndOffset = MarkSlot.Size - PlannedEndMark.Size;
    private static readonly byte[] _empty = new byte[MarkSlot.HeadSize];
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly long _first;
    private volatile bool _isForgotten;

    private RunFile(string path, SafeFileHandle file, ReadOnlySpan<byte> storeId)
    {
        _path = path;
        _file = file;
        List<StartMark> asPlanned = [];
        List<StartMark> marks = IsOf(storeId) ? GatherMarks(asPlanned) : Begin(storeId);
        _first = (marks.Count + 1) * MarkSlot.Size;
        RandomAccess.SetLength(_file, _first);
        _isForgotten = marks.Count == 0;

        // A death while they were gathered leaves some twice.
        Interrupted = [.. marks.Distinct()];
        InterruptedAsPlanned = [.. asPlanned.Distinct()];
    }

    /// <summary>What earlier owners had started and not ended.</summary>
    public IReadOnlyList<StartMark> Interrupted { get; }

    /// <summary>What the last owner had started and not ended, if its process ended as planned. Not kept: the file says nothing of it any more.</summary>
    public IReadOnlyList<StartMark> InterruptedAsPlanned { get; }

    /// <summary>Locks the file of a run.</summary>
    /// <returns>The file; null if somebody else holds it.</returns>
    public static RunFile? TryLock(string path, ReadOnlySpan<byte> storeId)
    {
        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new RunFile(path, file, storeId);
        }
        catch (IOException error) when (file is null && (IsSharingViolation(error) || File.Exists(path)))
        {
            return null;
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    // Whoever held the file may have deleted it since. EAGAIN of Linux and of macOS, ERROR_SHARING_VIOLATION of Windows.
    private static bool IsSharingViolation(IOException error) => error.HResult is 11 or 35 or unchecked((int)0x80070020);

    /// <summary>Whether somebody holds the file of a run. Asking takes the lock for a moment, which is why an owner tries more than once.</summary>
    public static bool IsHeld(string path)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>Makes sure that locks work where the file is: on some network drives, and where .NET was told so, they are ignored, and two owners would do everything twice.</summary>
    public void ThrowIfNotLocked()
    {
        if (!IsHeld(_path))
            throw new IOException($"The lock on '{_path}' has no effect: its file system, or a setting of this process, ignores locks. Keep the checkpoints on a local disk.");
    }

    public void Start(int slot, in StartMark mark)
    {
        Span<byte> bytes = stackalloc byte[MarkSlot.Size];
        int length = MarkSlot.Write(bytes, mark);
        RandomAccess.Write(_file, bytes[..length], OffsetOf(slot));
    }

    public void End(int slot) => RandomAccess.Write(_file, _empty, OffsetOf(slot));

    /// <summary>Notes that the process of an epoch is about to end as planned; 0 for none.</summary>
    public void MarkPlannedEnd(long epoch)
    {
        Span<byte> bytes = stackalloc byte[PlannedEndMark.Size];
        PlannedEndMark.Write(bytes, epoch);
        RandomAccess.Write(_file, bytes, PlannedEndOffset);
    }

    /// <summary>Forgets <see cref="Interrupted"/>.</summary>
    public void Forget()
    {
        if (_isForgotten)
            return;
        for (long offset = MarkSlot.Size; offset < _first; offset += MarkSlot.Size)
            RandomAccess.Write(_file, _empty, offset);
        _isForgotten = true;
    }

    /// <summary>Leaves no marks of this owner's.</summary>
    public void Tidy() => RandomAccess.SetLength(_file, _isForgotten ? MarkSlot.Size : _first);

    /// <summary>Lets the file go, as the death of the process would.</summary>
    public void Dispose() => _file.Dispose();

    private long OffsetOf(int slot) => _first + ((long)slot * MarkSlot.Size);

    private bool IsOf(ReadOnlySpan<byte> storeId)
    {
        Span<byte> head = stackalloc byte[4 + storeId.Length];
        return RandomAccess.Read(_file, head, 0) == head.Length && BitConverter.ToUInt32(head) == MarkSlot.Crc(storeId) && head[4..].SequenceEqual(storeId);
    }

    /// <summary>Begins a new file; also over that of another database that was here.</summary>
    private List<StartMark> Begin(ReadOnlySpan<byte> storeId)
    {
        RandomAccess.SetLength(_file, 0);
        Span<byte> head = stackalloc byte[4 + storeId.Length];
        BitConverter.TryWriteBytes(head, MarkSlot.Crc(storeId));
        storeId.CopyTo(head[4..]);
        RandomAccess.Write(_file, head, 0);
        return [];
    }

    /// <summary>Reads the marks, and moves those of crashes to the front. A slot is overwritten only after what it held was copied: whenever the process dies, no mark is lost.</summary>
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
