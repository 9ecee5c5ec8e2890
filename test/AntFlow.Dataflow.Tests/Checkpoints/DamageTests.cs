using System.Reflection;
using AntFlow.Dataflow.TestKit;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>A row that is torn or flipped, in whichever field, is treated as not there, with a warning: never a wrong value.</summary>
public sealed class DamageTests
{
    private readonly FakeLogCollector _log = new();
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());

    private static IEnumerable<string> FieldsOf<T>() => typeof(T).GetProperties().Where(property => property.CanWrite).Select(property => property.Name);

    private static IEnumerable<string> ItemFields => FieldsOf<StoredItem>().Except([nameof(StoredItem.LastStep)]);

    private static IEnumerable<string> StepFields => FieldsOf<StoredStep>();

    private static IEnumerable<string> ChunkFields => FieldsOf<StoredChunk>();

    private static IEnumerable<string> OnceFields => FieldsOf<StoredOnce>();

    /// <summary>The row, with one field flipped.</summary>
    private static T Flip<T>(T row, string field)
        where T : class
    {
        // What a record's with does.
        var copy = (T)typeof(T).GetMethod("<Clone>$")!.Invoke(row, null)!;
        PropertyInfo property = typeof(T).GetProperty(field)!;
        property.SetValue(copy, property.GetValue(row) switch
        {
            long number => number ^ 1,
            int number => number ^ 1,
            uint number => number ^ 1,
            bool flag => !flag,
            string text => text + "?",
            DateTimeOffset time => time.AddTicks(1),
            TimeSpan time => time + TimeSpan.FromTicks(1),
            ReadOnlyMemory<byte> { IsEmpty: true } => (ReadOnlyMemory<byte>)new byte[] { 1 },
            ReadOnlyMemory<byte> bytes => FlipLast(bytes),
            StoredItemState state => state == StoredItemState.Failed ? StoredItemState.Succeeded : StoredItemState.Failed,
            StoredOnceState state => state == StoredOnceState.Begun ? StoredOnceState.Answered : StoredOnceState.Begun,
            null when property.PropertyType == typeof(int?) => 0,
            null => DateTimeOffset.UnixEpoch,
            var other => throw new InvalidOperationException($"What is a flipped {other.GetType()}?"),
        });
        return copy;
    }

    private static ReadOnlyMemory<byte> FlipLast(ReadOnlyMemory<byte> bytes)
    {
        byte[] flipped = bytes.ToArray();
        flipped[^1] ^= 1;
        return flipped;
    }

    private Pipeline<string, string> Make(List<string> calls, bool fails = false, Func<string, string>? make = null) =>
        PipelineBuilder.Stage<string, string>("A", x =>
            {
                calls.Add("A");
                return make?.Invoke(x) ?? x + "a";
            })
            .Then<string>("B", x =>
            {
                calls.Add("B");
                return x.Length > 1000 ? $"{x.Length}b" : x + "b";
            })
            .Then<string>("C", x =>
            {
                calls.Add("C");
                return fails ? throw new InvalidOperationException("down") : x + "c";
            }, configure: s => s.Retry = RetryPolicy.None)
            .IdentifyBy(x => x)
            .WithLogging(new LoggerFactory([new FakeLoggerProvider(_log)]))
            .WithCheckpoints(_store, new CheckpointOptions { ResumeFailed = true })
            .Build();

    private IEnumerable<string> Warnings => _log.GetSnapshot().Where(record => record.Level == LogLevel.Warning).Select(record => record.Message);

    private async Task<List<string>> ResumeAsync(string expected, Func<string, string>? make = null)
    {
        _log.Clear();
        List<string> calls = [];
        PipelineReport<string> report = await Make(calls, make: make).LiveAsync("x");
        report.Fault.ShouldBeNull();
        report.Results.ShouldHaveSingleItem().Value.ShouldBe(expected);
        return calls;
    }

    [TestCaseSource(nameof(ItemFields))]
    public async Task An_item_whose_row_is_flipped_is_new(string field)
    {
        await Make([], fails: true).LiveAsync("x");
        _store.Items = row => Flip(row, field);

        (await ResumeAsync("xabc")).ShouldBe(["A", "B", "C"]);

        Warnings.ShouldContain(message => message.Contains("its row", StringComparison.Ordinal));
        _store.Items = row => row;
        // Of the one whose key was flipped there are two now, as there would be on a disk.
        if (field == nameof(StoredItem.Key))
            return;
        (await ResumeAsync("xabc")).ShouldBeEmpty();
        (await _store.ReadItemsAsync("nightly").ToListAsync()).ShouldHaveSingleItem();
    }

    [Test]
    public async Task A_row_whose_id_is_no_id_does_not_disturb_the_others()
    {
        await Make([]).LiveAsync("x", "y");
        _store.Items = row => row.Id == "s:x" ? row with { Id = "garbage" } : row;

        List<string> calls = [];
        PipelineReport<string> report = await Make(calls).LiveAsync("y");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("yabc");
        calls.ShouldBeEmpty();
    }

    [TestCaseSource(nameof(StepFields))]
    public async Task A_result_that_is_flipped_has_its_stage_run_again(string field)
    {
        await Make([], fails: true).LiveAsync("x");
        _store.Steps = row => row.StageIndex == 1 ? Flip(row, field) : row;

        (await ResumeAsync("xabc")).ShouldBe(["B", "C"]);

        Warnings.ShouldContain(message => message.Contains("the result of stage 2", StringComparison.Ordinal));
    }

    [TestCaseSource(nameof(StepFields))]
    public async Task Of_results_that_are_all_flipped_nothing_is_taken(string field)
    {
        await Make([]).LiveAsync("x");
        _store.Steps = row => Flip(row, field);

        (await ResumeAsync("xabc")).ShouldBe(["A", "B", "C"]);
    }

    [TestCaseSource(nameof(ChunkFields))]
    public async Task A_piece_that_is_flipped_has_its_stage_run_again(string field)
    {
        string Large(string _) => new('x', 600_000);
        await Make([], fails: true, Large).LiveAsync("x");
        // The second stage has to go on with what the first one made.
        _store.Steps = row => row.StageIndex == 1 ? row with { Checksum = 0 } : row;
        _store.Chunks = row => row.Index == 1 ? Flip(row, field) : row;

        (await ResumeAsync("600000bc", Large)).ShouldBe(["A", "B", "C"]);
        Warnings.ShouldContain(message => message.Contains("the result of stage 1", StringComparison.Ordinal));
    }

    [Test]
    public async Task Pieces_that_are_whole_are_put_together()
    {
        string Large(string _) => new('x', 600_000);
        await Make([], fails: true, Large).LiveAsync("x");
        _store.Steps = row => row.StageIndex == 1 ? row with { Checksum = 0 } : row;

        (await ResumeAsync("600000bc", Large)).ShouldBe(["B", "C"]);
    }

    [TestCaseSource(nameof(OnceFields))]
    public async Task An_answer_that_is_flipped_is_not_given(string field)
    {
        var gate = new Gate<string>();
        int made = 0;
        int asked = 0;
        List<string> keys = [];
        Pipeline<string, string> MakeLife() => PipelineBuilder.StageWithContext<string, string>("A", async (x, context) =>
            {
                keys.Add(context.GetIdempotencyKey("batch"));
                string answer = await context.OnceAsync("batch", _ => Task.FromResult($"made {++made}"), find: _ => Task.FromResult<string?>($"found {++asked}"));
                await gate.PassAsync(x, context.CancellationToken);
                return answer;
            })
            .IdentifyBy(x => x)
            .WithLogging(new LoggerFactory([new FakeLoggerProvider(_log)]))
            .WithCheckpoints(_store)
            .Build();
        await MakeLife().DieAsync(_store, gate.WhenArrivedAsync(1), "x");
        gate.OpenForAll();
        _store.Onces = row => Flip(row, field);

        // It was begun: whichever field it is, the provider is asked, and by the same key.
        (await MakeLife().LiveAsync("x")).Results.ShouldHaveSingleItem().Value.ShouldBe("found 1");
        made.ShouldBe(1);
        keys.Distinct().ShouldHaveSingleItem();
        Warnings.ShouldContain(message => message.Contains("OnceAsync call 'batch", StringComparison.Ordinal));
    }

    [Test]
    public async Task Where_a_row_of_an_item_is_flipped_the_provider_is_asked_for_what_it_may_have_done_once()
    {
        var gate = new Gate<string>();
        int made = 0;
        Pipeline<string, string> MakeLife() => PipelineBuilder.StageWithContext<string, string>("A", async (x, context) =>
            {
                string answer = await context.OnceAsync("batch", _ => Task.FromResult($"made {++made}"), find: _ => Task.FromResult<string?>("found"));
                await gate.PassAsync(x, context.CancellationToken);
                return answer;
            })
            .IdentifyBy(x => x)
            .WithCheckpoints(_store)
            .Build();
        await MakeLife().DieAsync(_store, gate.WhenArrivedAsync(1), "x");
        gate.OpenForAll();
        // Under that key nothing is stored.
        _store.Items = row => row with { Key = 77 };

        (await MakeLife().LiveAsync("x")).Results.ShouldHaveSingleItem().Value.ShouldBe("found");
    }

    [Test]
    public async Task Metadata_that_cannot_be_read_make_the_item_a_new_one()
    {
        await Make([]).LiveAsync("x");
        // As a later version of the library might write them, with a checksum that holds.
        _store.Items = row =>
        {
            StoredItem changed = row with { Metadata = "{\"color\":[\"colour\",\"red\"]}"u8.ToArray() };
            return changed with { Checksum = Checksum.Of(changed) };
        };

        (await ResumeAsync("xabc")).ShouldBe(["A", "B", "C"]);

        Warnings.ShouldContain(message => message.Contains("the metadata", StringComparison.Ordinal));
    }
}
