using System.Data;
using Npgsql;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Records starts and ends of attempts. Those that arrive while one statement is running go with the next one.</summary>
/// <remarks>A start that cannot be recorded fails, and its worker, which waits, tries again. Nothing waits for an end: it is recorded with the next statement, and its error is
/// reported. <b>The lock</b> guards the group that is filled and whether the loop runs; nothing is called under it. The connection belongs to the loop, of which one runs at a time.</remarks>
internal sealed class MarkLoop : IAsyncDisposable
{
    // One statement records the group. It records nothing if another owner has the run: that owner would find marks of a process that it assumes has crashed.
    private const string Note = """
        INSERT INTO marks (run, epoch, slot, stage, id)
        SELECT $1, $2, slot, stage, id FROM unnest($3, $4, $5) AS mark (slot, stage, id)
        WHERE EXISTS (SELECT FROM runs WHERE number = $1 AND epoch = $2)
        ON CONFLICT (run, epoch, slot) DO UPDATE SET stage = excluded.stage, id = excluded.id
        """;

    private const string DoNotWaitForTheDisk = "SET synchronous_commit = off";

    private static readonly TimeSpan _firstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(5);

    private readonly Database _database;
    private readonly int _run;
    private readonly int _epoch;
    private readonly Lease _lease;
    private readonly Action<Exception?> _report;
    private readonly CancellationTokenSource _ended;

    private readonly Lock _lock = new();
    private Group _next = new();
    private Task _loop = Task.CompletedTask;
    private bool _isRunning;
    private bool _isOver;

    private NpgsqlConnection? _connection;

    public MarkLoop(Database database, OpenedRun run, Lease lease, Action<Exception?> report)
    {
        _database = database;
        _run = run.Number;
        _epoch = (int)run.Epoch;
        _lease = lease;
        _report = report;
        _ended = CancellationTokenSource.CreateLinkedTokenSource(lease.Lost);
    }

    /// <summary>Records that an attempt starts in a slot.</summary>
    /// <returns>A task that completes when the start is recorded.</returns>
    public Task StartAsync(int slot, int stage, string id) => Set(slot, (stage, StoredText.Escape(id)));

    /// <summary>Records that it has ended, a little later.</summary>
    public void End(int slot) => _ = Set(slot, (0, null));

    /// <summary>Accepts no more marks, and records the pending ones.</summary>
    public async ValueTask DrainAsync()
    {
        Task loop;
        lock (_lock)
        {
            _isOver = true;
            loop = _loop;
        }

        await loop.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        Task loop;
        lock (_lock)
        {
            _isOver = true;
            loop = _loop;
        }

        await _ended.CancelAsync().ConfigureAwait(false);
        await loop.ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
        _ended.Dispose();
    }

    private Task Set(int slot, (int Stage, string? Id) mark)
    {
        lock (_lock)
        {
            if (_isOver)
                return mark.Id is null ? Task.CompletedTask : Task.FromException(_lease.ToException());
            _next.Marks[slot] = mark;
            if (!_isRunning)
            {
                _isRunning = true;
                _loop = Detached.Start(() => Task.Run(RunAsync));
            }

            return mark.Id is null ? Task.CompletedTask : _next.Noted.Task;
        }
    }

    private async Task RunAsync()
    {
        bool isFailing = false;
        TimeSpan pause = _firstPause;
        while (TakeGroup() is { } group)
        {
            Exception? error = await TryNoteAsync(group.Marks).ConfigureAwait(false);
            if (error is null)
            {
                group.Noted.SetResult();
                if (isFailing)
                    _report(null);
                (isFailing, pause) = (false, _firstPause);
                continue;
            }

            group.Noted.SetException(error);
            // Nothing waits for an end: marks the exception as observed.
            _ = group.Noted.Task.Exception;
            if (!_ended.IsCancellationRequested && PutEndsBack(group))
            {
                isFailing = true;
                _report(error);
            }

            if (!_ended.IsCancellationRequested)
                await Task.Delay(pause, _database.Options.TimeProvider, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < _longestPause ? pause * 2 : _longestPause;
        }
    }

    /// <summary>Keeps the ends of a failed group, because an ended attempt must not count as running. A mark that the slot has received meanwhile is newer.</summary>
    private bool PutEndsBack(Group group)
    {
        lock (_lock)
        {
            foreach ((int slot, (int Stage, string? Id) mark) in group.Marks)
            {
                if (mark.Id is null)
                    _next.Marks.TryAdd(slot, mark);
            }

            return _next.Marks.Values.Any(mark => mark.Id is null);
        }
    }

    private Group? TakeGroup()
    {
        lock (_lock)
        {
            if (_next.Marks.Count == 0)
            {
                _isRunning = false;
                return null;
            }

            Group group = _next;
            _next = new Group();
            return group;
        }
    }

    /// <summary>Records a group. If the connection has broken since its last use, opens a new one, once.</summary>
    /// <returns>Null, or the error.</returns>
    private async Task<Exception?> TryNoteAsync(Dictionary<int, (int Stage, string? Id)> marks)
    {
        try
        {
            bool isNew = _connection is null;
            try
            {
                await NoteAsync(marks).ConfigureAwait(false);
            }
            catch (Exception error) when (error is NpgsqlException or TimeoutException && !isNew && HasBroken)
            {
                await CloseAsync().ConfigureAwait(false);
                await NoteAsync(marks).ConfigureAwait(false);
            }

            return null;
        }
        catch (Exception error)
        {
            if (HasBroken)
                await CloseAsync().ConfigureAwait(false);
            if (_ended.IsCancellationRequested)
                return _lease.ToException();
            return error is PostgresException refused ? Causes.Explain(refused, _database.Server) : error;
        }
    }

    private bool HasBroken => _connection is not { FullState: ConnectionState.Open };

    private async ValueTask NoteAsync(Dictionary<int, (int Stage, string? Id)> marks)
    {
        if (_connection is null)
        {
            _connection = await _database.ConnectAsync(_ended.Token).ConfigureAwait(false);
            await _connection.CallAsync(DoNotWaitForTheDisk, _ended.Token).ConfigureAwait(false);
        }

        int noted = await _connection.CallAsync(
            Note,
            _ended.Token,
            Commands.Of(_run),
            Commands.Of(_epoch),
            Commands.Of(marks.Keys.ToArray()),
            Commands.Of(marks.Values.Select(mark => mark.Stage).ToArray()),
            Commands.Of(marks.Values.Select(mark => mark.Id).ToArray())).ConfigureAwait(false);
        if (noted == 0)
            throw _lease.Lose(await WhyLost.FindAsync(_connection, _run, _epoch, _database.Options.LeaseTime, _ended.Token).ConfigureAwait(false));
    }

    private async ValueTask CloseAsync()
    {
        if (_connection is { } connection)
            await connection.DisposeAsync().ConfigureAwait(false);
        _connection = null;
    }

    /// <summary>The marks for one statement. The last mark of a slot counts.</summary>
    private sealed class Group
    {
        public Dictionary<int, (int Stage, string? Id)> Marks { get; } = [];

        public TaskCompletionSource Noted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
