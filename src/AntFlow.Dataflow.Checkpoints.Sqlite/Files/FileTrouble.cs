using Microsoft.Data.Sqlite;

namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>Describes what is wrong with a file in one sentence, with the remedy; the cause is the inner exception.</summary>
internal static class FileTrouble
{
    private const int TooManyInProcess = 24;
    private const int TooManyInSystem = 23;

    /// <summary>The error for a side file that could not be opened.</summary>
    public static Exception OfSideFile(string path, Exception error)
    {
        string what = $"The side file '{path}', whose lock shows which process owns the run, cannot be opened";
        return error switch
        {
            UnauthorizedAccessException => new UnauthorizedAccessException(
                $"{what}: {Why(error)}. Allow this user to read and write it and all other files whose names start with the name of the database.", error),
            _ => new IOException($"{what}: {Why(error)}.", error),
        };
    }

    /// <summary>Returns why a file could not be opened, without a full stop.</summary>
    public static string Why(Exception error) => error switch
    {
        UnauthorizedAccessException => "access is denied. It belongs to another user, perhaps because the program once ran as that user, or it is read-only",
        IOException { HResult: TooManyInProcess } => "this process has too many files open. Raise its limit (ulimit -n), or open fewer",
        IOException { HResult: TooManyInSystem } => "too many files are open on this machine",
        _ => error.Message.TrimEnd('.'),
    };

    /// <summary>SQLite reports that it cannot open a file, but not why. Asks the system by opening another file, because closing this one would release its locks.</summary>
    /// <returns>The error of the system; null if too many open files are not the reason.</returns>
    public static IOException? FindTooMany()
    {
        if (OperatingSystem.IsWindows())
            return null;
        try
        {
            using Microsoft.Win32.SafeHandles.SafeFileHandle file = File.OpenHandle("/dev/null");
            return null;
        }
        catch (IOException error) when (error.HResult is TooManyInProcess or TooManyInSystem)
        {
            return error;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The error for a database that SQLite could not open.</summary>
    public static Exception OfDatabase(string path, SqliteException error)
    {
        string? folder = Path.GetDirectoryName(path);
        if (FindTooMany() is { } tooMany)
            return new IOException($"The checkpoints in '{path}' cannot be opened: {Why(tooMany)}.", tooMany);
        string why = Directory.Exists(path) ? "it is a folder"
            : folder is not null && !Directory.Exists(folder) ? $"there is no folder '{folder}'"
            : File.Exists(path) ? "access to it, to its log, or to its folder is denied"
            : error.Message.TrimEnd('.');
        return new SqliteException(
            $"The checkpoints in '{path}' cannot be opened: {why}. They need a file on a local disk, in a folder that can be written to.", error.SqliteErrorCode, error.SqliteExtendedErrorCode);
    }

    /// <summary>The error for a disk without room for what SQLite has to write.</summary>
    public static SqliteException OfFullDisk(string path, SqliteException error) => new(
        $"The disk of the checkpoints in '{path}' is full. Make room: beside the database its log, '{path}-wal', needs about 20 MB, and more during a long read.",
        error.SqliteErrorCode,
        error.SqliteExtendedErrorCode);

    /// <summary>The error for a file that SQLite may not write.</summary>
    public static Exception OfReadOnly(string path, Exception error) => new UnauthorizedAccessException(
        $"The checkpoints in '{path}' cannot be written: the file, its log or its folder is read-only for this user, or was moved away. Allow this user to write both the file and its folder, where SQLite keeps its log.", error);
}
