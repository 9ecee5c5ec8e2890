namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>Files that only their owner can read: payloads, ids and texts of errors are in them.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>How a file is opened, and made if <paramref name="mode"/> says so.</summary>
    public static FileStreamOptions Options(FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerAlone;
        return options;
    }

    /// <summary>Makes an empty file unless there is one. SQLite gives its log the mode of its file.</summary>
    /// <remarks>Never opens a file that is there: closing it would take the locks of SQLite from it. Whoever opens it meanwhile in this process must wait.</remarks>
    public static void MakeIfMissing(string path)
    {
        if (File.Exists(path))
            return;
        try
        {
            new FileStream(path, Options(FileMode.CreateNew, FileShare.ReadWrite | FileShare.Delete)).Dispose();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another process was quicker, or it cannot be made: SQLite finds out why.
        }
    }
}
