using AntFlow.Dataflow.TestKit;
using Microsoft.Data.Sqlite;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.Sqlite.Tests;

/// <summary>What cannot be written is not written, says why, and can be written later.</summary>
public sealed class FailingWritesTests
{
    private readonly TemporaryFolder _folder = new();

    [TearDown]
    public void Leave() => _folder.Dispose();

    private static CheckpointBatch BatchOf(ICheckpointRun run, int first, int count, int bytes)
    {
        StoredItem[] items = [.. Enumerable.Range(first, count).Select(number => Rows.Item(run, number))];
        return new CheckpointBatch { Description = $"{first}", Items = items, Steps = [.. items.Select(item => Rows.Step(item, -1) with { Value = Rows.Bytes(bytes) })] };
    }

    [Test]
    public async Task A_full_file_is_said_and_the_batch_is_written_once_there_is_room()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        await using ICheckpointRun run = await store.OpenRunAsync("run");
        await run.WriteAsync(BatchOf(run, 0, 10, 100));
        await store.Writer.UseAsync(database => database.Ask("PRAGMA max_page_count = 40"));
        CheckpointBatch batch = BatchOf(run, 10, 50, 8000);

        for (int attempt = 0; attempt < 3; attempt++)
            (await Should.ThrowAsync<SqliteException>(async () => await run.WriteAsync(batch))).SqliteErrorCode.ShouldBe(13);

        (await run.ReadItemsAsync().ToListAsync()).Count.ShouldBe(10);
        (await store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Description.ShouldBe("0");
        await store.Writer.UseAsync(database => database.Ask("PRAGMA max_page_count = 100000"));
        await run.WriteAsync(batch);
        List<StoredItem> items = await run.ReadItemsAsync().ToListAsync();
        items.Count.ShouldBe(60);
        items.ShouldAllBe(item => item.LastStep != null);
    }

    [Test]
    public async Task A_file_that_is_locked_too_long_is_said_and_the_batch_is_written_once_it_is_free()
    {
        var time = new SteppedTime();
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(
            _folder.Database, new SqliteCheckpointOptions { BusyTimeout = TimeSpan.FromSeconds(2), TimeProvider = time });
        await using ICheckpointRun run = await store.OpenRunAsync("run");
        using var other = new SqliteConnection($"Data Source={_folder.Database};Pooling=False");
        other.Open();
        SqliteTransaction locking = other.BeginTransaction();

        Task writing = run.WriteAsync(BatchOf(run, 0, 10, 100)).AsTask();
        while (!writing.IsCompleted)
        {
            time.StepToNextTimer();
            await Task.Yield();
        }

        (await writing.CatchAsync<SqliteException>()).SqliteErrorCode.ShouldBe(5);
        await locking.DisposeAsync();
        await run.WriteAsync(BatchOf(run, 0, 10, 100));
        (await run.ReadItemsAsync().ToListAsync()).Count.ShouldBe(10);
    }

    [Test]
    public async Task A_writer_waits_for_another_process_and_may_be_canceled()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        await using ICheckpointRun run = await store.OpenRunAsync("run");
        using var other = new SqliteConnection($"Data Source={_folder.Database};Pooling=False");
        other.Open();
        SqliteTransaction locking = other.BeginTransaction();
        using var canceling = new CancellationTokenSource();

        Task canceled = run.WriteAsync(BatchOf(run, 0, 10, 100), canceling.Token).AsTask();
        await canceling.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => canceled.InTime());

        Task waiting = run.WriteAsync(BatchOf(run, 10, 10, 100)).AsTask();
        waiting.IsCompleted.ShouldBeFalse();
        await locking.DisposeAsync();
        await waiting.InTime();
        (await run.ReadItemsAsync().ToListAsync()).Count.ShouldBe(10);
    }

    [Test]
    public async Task A_batch_that_breaks_in_the_middle_is_not_written()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        await using ICheckpointRun run = await store.OpenRunAsync("run");
        StoredItem item = Rows.Item(run, 0);

        // Two items of one id: the library never writes that, and the index holds against it.
        await Should.ThrowAsync<SqliteException>(async () => await run.WriteAsync(new CheckpointBatch { Description = "no", Items = [item, Rows.Item(run, 1, item.Id)] }));

        (await run.ReadItemsAsync().ToListAsync()).ShouldBeEmpty();
        (await store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Description.ShouldBeNull();
        await run.WriteAsync(new CheckpointBatch { Items = [item] });
    }

    [Test]
    public async Task A_run_whose_file_was_deleted_is_lost()
    {
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        await using ICheckpointRun run = await store.OpenRunAsync("run");
        File.Delete(_folder.Database);

        await Should.ThrowAsync<LeaseLostException>(async () => await run.WriteAsync(BatchOf(run, 0, 1, 1)));

        run.Lost.IsCancellationRequested.ShouldBeTrue();
        run.IsOwned.ShouldBeFalse();
    }

    [Test]
    public async Task A_value_of_a_hundred_megabytes_comes_in_chunks()
    {
        const int Pieces = 400, Size = 256 * 1024;
        await using SqliteCheckpointStore store = await SqliteCheckpointStore.OpenAsync(_folder.Database);
        await using ICheckpointRun run = await store.OpenRunAsync("run");
        StoredItem item = Rows.Item(run, 0);
        byte[] piece = Rows.Bytes(Size);
        for (int first = 0; first < Pieces; first += 16)
            await run.WriteAsync(new CheckpointBatch { Chunks = [.. Enumerable.Range(first, 16).Select(index => Rows.Chunk(item, 0, index, piece))] });
        await run.WriteAsync(new CheckpointBatch { Items = [item with { StageIndex = 1 }], Steps = [Rows.Step(item, 0) with { Chunks = Pieces }] });

        IReadOnlyList<StoredChunk> chunks = await run.ReadChunksAsync(item.Key, 0);

        chunks.Select(chunk => chunk.Index).ShouldBe(Enumerable.Range(0, Pieces));
        chunks.Count(chunk => chunk.Data.Span.SequenceEqual(piece)).ShouldBe(Pieces);
    }
}
