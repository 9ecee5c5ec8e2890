namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>Files that only their owner can read: they contain payloads, ids and error messages.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Returns the options for opening a file, or for creating it if <paramref name="mode"/> says so.</summary>
    public static FileStreamOptions Options(FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerAlone;
        return options;
    }

    /// <summary>Creates an empty file unless it exists. SQLite gives its log the mode of its file.</summary>
    /// <remarks>Never opens an existing file: closing it would release the locks of SQLite. Other code of this process that opens the file at the same time must wait.</remarks>
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
            // Another process was faster, or the file cannot be created: SQLite then reports why.
        }
    }
}
