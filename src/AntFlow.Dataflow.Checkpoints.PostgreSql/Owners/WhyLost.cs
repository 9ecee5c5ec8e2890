using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Determines why an owner no longer has a run.</summary>
internal static class WhyLost
{
    private const string FindLast = $"SELECT {Opening.Columns} FROM runs r JOIN openings o ON o.epoch = r.epoch WHERE r.number = $1";

    /// <summary>Returns a sentence without its full stop, for <see cref="LeaseLostException"/>.</summary>
    public static async ValueTask<string> FindAsync(NpgsqlConnection connection, int run, long epoch, TimeSpan leaseTime, CancellationToken cancellationToken)
    {
        Opening? last = (await connection.ReadAsync(FindLast, Opening.Read, cancellationToken, Commands.Of(run)).ConfigureAwait(false)).FirstOrDefault();
        if (last is null)
            return "it was deleted from the store";
        return last.Epoch == epoch ? "it was released" : $"{last.Process} has taken it over, after this process had not renewed its lease for {leaseTime}";
    }
}
