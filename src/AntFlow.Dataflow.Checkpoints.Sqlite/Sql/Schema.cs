using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>Creates the tables of a new file, migrates an older one, and refuses the file of another application before changing it.</summary>
/// <remarks>Each version has one step in <c>Migrations</c>. All steps for a file run in one transaction, together with the new version number: a crash leaves the old version or the new one.</remarks>
internal static class Schema
{
    /// <summary>The version that this library reads and writes.</summary>
    public const int Version = 3;

    private const int ApplicationId = 0x41466370;
    private const int Busy = 5;

    /// <summary>Prepares a file for writing.</summary>
    /// <param name="database">Its connection.</param>
    /// <param name="path">Its name, for errors.</param>
    public static void Prepare(Database database, string path)
    {
        Found found = Look(database, path);
        // Checked again after the side files: they are created after the tables.
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
            // Another process may have been faster.
            found = Look(database, path);
            if (found.IsNew)
                database.Execute(Text("Schema.sql"));
            for (int version = found.Version + 1; !found.IsNew && version <= Version; version++)
                database.Execute(Migration(version));
            database.Execute("COMMIT");
            // Merged into the file at once: a file that has lost its log is then never empty.
            database.Execute("PRAGMA wal_checkpoint(FULL)");
        }
        catch
        {
            database.RollBack();
            throw;
        }
    }

    /// <summary>Whether another process that opened the same new file at the same moment caused the error.</summary>
    public static bool IsBusy(Exception exception) => exception is SqliteException { SqliteErrorCode: Busy };

    /// <summary>Returns the script that migrates a file from the previous version to this one, including the version number.</summary>
    public static string Migration(int version) => Text(string.Create(CultureInfo.InvariantCulture, $"Migrations/{version}.sql"));

    private static Found Look(Database database, string path)
    {
        // One statement, so that all values are of one moment: in between, another process may create the tables.
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
