using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>Makes the tables of a new file, brings those of an older one up to date, and refuses a file of something else before touching it.</summary>
/// <remarks>Each version has one step in <c>Migrations</c>. All steps a file needs are one transaction, together with the new number: a crash leaves the old version or the new one.</remarks>
internal static class Schema
{
    /// <summary>The version this library reads and writes.</summary>
    public const int Version = 2;

    private const int ApplicationId = 0x41466370;
    private const int Busy = 5;

    /// <summary>Readies a file for writing.</summary>
    /// <param name="database">Its connection.</param>
    /// <param name="path">Its name, for errors.</param>
    public static void Prepare(Database database, string path)
    {
        Found found = Look(database, path);
        // Asked again after the side files: they are made once the tables are there.
        if (found.IsNew && RunFile.FindAny(path) is { } side && Look(database, path).IsNew)
        {
            throw new InvalidDataException(
                $"'{path}' contains no checkpoints, but its side file '{side}' shows that it did: the file, or its log '{path}-wal', was lost, replaced or moved without the others. Put back the files that belong together; to start from scratch, delete the side files.");
        }

        database.Execute("PRAGMA journal_mode = WAL");
        if (found.Version == Version)
            return;

        database.Execute("BEGIN IMMEDIATE");
        try
        {
            // Another process may have been quicker.
            found = Look(database, path);
            if (found.IsNew)
                database.Execute(Text("Schema.sql"));
            for (int version = found.Version + 1; !found.IsNew && version <= Version; version++)
                database.Execute(Migration(version));
            database.Execute("COMMIT");
            // Folded into the file at once: a file that has lost its log is then never an empty one.
            database.Execute("PRAGMA wal_checkpoint(FULL)");
        }
        catch
        {
            database.RollBack();
            throw;
        }
    }

    /// <summary>Whether another process that opens the same new file at the same moment was in the way.</summary>
    public static bool IsBusy(Exception exception) => exception is SqliteException { SqliteErrorCode: Busy };

    /// <summary>What brings a file from the version before to this one, its number included.</summary>
    public static string Migration(int version) => Text(string.Create(CultureInfo.InvariantCulture, $"Migrations/{version}.sql"));

    private static Found Look(Database database, string path)
    {
        // One statement, so of one instant: in between another process may make the tables.
        string said = database.Ask("SELECT v.user_version || ' ' || a.application_id || ' ' || (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version v, pragma_application_id a");
        int[] numbers = [.. said.Split(' ').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        (int version, int application, int tables) = (numbers[0], numbers[1], numbers[2]);
        if (application == ApplicationId && version is >= 1 and <= Version)
            return new Found(IsNew: false, version);
        if (application == 0 && version == 0 && tables == 0)
            return new Found(IsNew: true, Version: 0);

        throw new InvalidDataException(application == ApplicationId
            ? $"The checkpoints in '{path}' have schema version {version}; this version of AntFlow.Dataflow.Checkpoints.Sqlite reads up to {Version}. Use a newer version of the package, or another file."
            : $"'{path}' is a SQLite database of another application (application_id {application}, user_version {version}). Use another file for checkpoints.");
    }

    private static string Text(string name)
    {
        using Stream stream = typeof(Schema).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Found(bool IsNew, int Version);
}
