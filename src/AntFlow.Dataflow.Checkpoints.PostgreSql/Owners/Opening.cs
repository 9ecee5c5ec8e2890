using System.Globalization;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>An opening of a run, as stored in its row.</summary>
internal sealed record Opening
{
    /// <summary>The columns that <see cref="Read"/> reads, of <c>openings o</c>.</summary>
    public const string Columns =
        "o.epoch, o.host, o.pid, o.process_start, o.process_space, o.backend_pid, o.backend_start, o.lease_until, o.lease_until <= clock_timestamp(), o.ended_at IS NOT NULL";

    public required long Epoch { get; init; }

    public required ProcessIdentity Process { get; init; }

    public required int BackendPid { get; init; }

    public required DateTime BackendStart { get; init; }

    public required DateTime LeaseUntil { get; init; }

    /// <summary>Whether the lease has ended, by the clock of the server.</summary>
    public required bool IsExpired { get; init; }

    /// <summary>Whether the run was released or taken over.</summary>
    public required bool IsEnded { get; init; }

    /// <summary>Whether the run has no owner: it was released, its lease has ended, or its process has certainly ended.</summary>
    public bool IsFree => IsEnded || IsExpired || Process.HasExited;

    public static Opening Read(NpgsqlDataReader row) => ReadAt(row, 0);

    /// <summary>Reads an opening from a row, starting at a column.</summary>
    public static Opening ReadAt(NpgsqlDataReader row, int at) => new()
    {
        Epoch = row.GetInt32(at),
        Process = new ProcessIdentity(row.GetString(at + 1), row.GetInt32(at + 2), row.GetInt64(at + 3), row.GetString(at + 4)),
        BackendPid = row.GetInt32(at + 5),
        BackendStart = row.GetDateTime(at + 6),
        LeaseUntil = row.GetDateTime(at + 7),
        IsExpired = row.GetBoolean(at + 8),
        IsEnded = row.GetBoolean(at + 9),
    };

    /// <summary>Returns the owner of the run and the end of its lease, for an error.</summary>
    public string Describe() =>
        string.Create(CultureInfo.InvariantCulture, $"{Process}, whose lease holds until {LeaseUntil:yyyy-MM-dd HH:mm:ss} UTC by the clock of the server unless it is renewed");
}
