using System.Globalization;
using Microsoft.Data.Sqlite;

namespace AntFlow.Dataflow.Checkpoints.Sqlite;

/// <summary>Makes the tables of a new file, and refuses a file of somebody else before touching it.</summary>
internal static class Schema
{
    private const int Version = 1;
    private const int ApplicationId = 0x41466370;
    private const int Busy = 5;

    /// <summary>Readies a file for writing.</summary>
    /// <param name="database">Its connection.</param>
    /// <param name="path">Its name, for errors.</param>
    public static void Prepare(Database database, string path)
    {
        bool isNew = IsNew(database, path);
        database.Execute("PRAGMA journal_mode = WAL");
        if (!isNew)
            return;

        database.Execute("BEGIN IMMEDIATE");
        try
        {
            // Somebody else may have been quicker.
            if (IsNew(database, path))
                database.Execute(Text());
            database.Execute("COMMIT");
        }
        catch
        {
            database.RollBack();
            throw;
        }
    }

    /// <summary>Whether somebody who opens the same new file at the same moment was in the way.</summary>
    public static bool IsBusy(Exception exception) => exception is SqliteException { SqliteErrorCode: Busy };

    private static bool IsNew(Database database, string path)
    {
        // One statement, so of one instant: in between somebody else may make the tables.
        string said = database.Ask("SELECT v.user_version || ' ' || a.application_id || ' ' || (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version v, pragma_application_id a");
        int[] numbers = [.. said.Split(' ').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        (int version, int application, int tables) = (numbers[0], numbers[1], numbers[2]);
        if (application == ApplicationId && version == Version)
            return false;
        if (application == 0 && version == 0 && tables == 0)
            return true;

        throw new InvalidDataException(application == ApplicationId
            ? $"The checkpoints in '{path}' have schema version {version}; this version of AntFlow.Dataflow.Checkpoints.Sqlite knows {Version}. Use a newer version of the package, or another file."
            : $"'{path}' is a SQLite database of something else (application_id {application}, user_version {version}). Use another file for checkpoints.");
    }

    private static string Text()
    {
        using Stream stream = typeof(Schema).Assembly.GetManifestResourceStream("Schema.sql")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
