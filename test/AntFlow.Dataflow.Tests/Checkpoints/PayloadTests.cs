using System.Text;
using System.Text.Json.Serialization;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>What comes back from the store is what went in, or nothing.</summary>
public sealed partial class PayloadTests
{
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());

    /// <summary>One start makes a value in the first stage and ends in the second; the next start gets it there.</summary>
    private async Task<T> BackAsync<T>(T value, Func<PipelineBuilder<string, string>, PipelineBuilder<string, string>>? with = null)
    {
        List<T> seen = [];
        Pipeline<string, string> Make(bool fails) => (with ?? (builder => builder.WithCheckpoints(_store, new CheckpointOptions { ResumeFailed = true })))(
            PipelineBuilder.Stage<string, T>("A", _ => value)
                .Then<string>("B", x =>
                {
                    seen.Add(x);
                    return fails ? throw new InvalidOperationException("down") : "done";
                }, configure: s => s.Retry = RetryPolicy.None)
                .IdentifyBy(x => x)).Build();
        await Make(fails: true).LiveAsync("x");
        PipelineReport<string> report = await Make(fails: false).LiveAsync("x");
        report.SucceededCount.ShouldBe(1);
        seen.Count.ShouldBe(2);
        return seen[1];
    }

    [Test]
    public async Task Null_survives() => (await BackAsync<string?>(null)).ShouldBeNull();

    [Test]
    public async Task Null_of_a_value_type_survives() => (await BackAsync<int?>(null)).ShouldBeNull();

    [Test]
    public async Task Numbers_survive()
    {
        (await BackAsync(0)).ShouldBe(0);
    }

    [Test]
    public async Task Value_types_survive() => (await BackAsync(new Point(1, -2))).ShouldBe(new Point(1, -2));

    [Test]
    public async Task Records_survive()
    {
        var order = new Order("ö \"quoted\" \u2028", 12.345678901234567890m, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)), [1, 2, 3], null);
        Order back = await BackAsync(order);
        back.ShouldBe(order with { Lines = back.Lines });
        back.Lines.ShouldBe(order.Lines);
    }

    [Test]
    public async Task Empty_bytes_survive() => (await BackAsync(Array.Empty<byte>(), builder => builder.WithCheckpoints(_store, new Utf8Text(), new CheckpointOptions { ResumeFailed = true }))).ShouldBeEmpty();

    [TestCase(256 * 1024 - 2)]
    [TestCase(256 * 1024 - 1)]
    [TestCase(300_000)]
    [TestCase(5_000_000)]
    public async Task Large_values_survive(int length)
    {
        string text = string.Create(length, 7, static (chars, seed) =>
        {
            for (int i = 0; i < chars.Length; i++)
                chars[i] = (char)('a' + (((i * 31) + (i / 1000) + seed) % 26));
        });

        (await BackAsync(text) == text).ShouldBeTrue();
    }

    [Test]
    public async Task A_small_item_is_written_between_the_pieces_of_a_large_one()
    {
        List<CheckpointBatch> batches = [];
        _store.OnWriting = batches.Add;
        Pipeline<string, string> pipeline = PipelineBuilder.Stage<string, string>("A", x => x == "large" ? new string('x', 5_000_000) : x, workers: 2)
            .IdentifyBy(x => x).WithCheckpoints(_store).Build();
        await using PipelineRun<string, string> run = pipeline.Start(new RunOptions { RunId = "nightly" });
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        batches.Clear();
        _store.Hold();
        await run.FeedAsync(["large"]).InTime();
        await Waiting.UntilAsync(() => _store.Held == 1);
        await run.FeedAsync(["small"]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Saving == 2);
        _store.ReleaseOne();
        await Waiting.UntilAsync(() => batches.Count == 1 && _store.Held == 1);
        _store.ReleaseOne();
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 1);

        run.GetSnapshot().Saving.ShouldBe(1);
        _store.Release();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(2);
        batches.Count.ShouldBe(20);
        batches.ShouldAllBe(batch => batch.Chunks.Count == 1 && batch.Chunks[0].Data.Length <= 256 * 1024);
        batches[1].Items.ShouldHaveSingleItem().Id.ShouldBe("s:small");
        batches[^1].Items.ShouldHaveSingleItem().Id.ShouldBe("s:large");
    }

    [Test]
    public async Task A_value_that_has_become_shorter_does_not_end_in_the_pieces_of_the_longer_one()
    {
        await BackAsync(new string('x', 1_000_000));
        await PipelineBuilder.Stage<string, string>("A", _ => new string('y', 600_000), configure: s => s.Version = "2").Then<string>("B", x => x)
            .IdentifyBy(x => x).WithCheckpoints(_store, new CheckpointOptions { PipelineChangeHandling = PipelineChangeHandling.RestartChangedStages }).Build().LiveAsync("x");

        PipelineReport<string> report = await PipelineBuilder.Stage<string, string>("A", _ => "never", configure: s => s.Version = "2").Then<string>("B", x => x)
            .IdentifyBy(x => x).WithCheckpoints(_store).Build().LiveAsync("x");

        (report.Results[0].Value == new string('y', 600_000)).ShouldBeTrue();
    }

    [Test]
    public async Task A_source_generated_context_writes_what_it_knows() =>
        (await BackAsync(new Point(3, 4), builder => builder.WithCheckpoints(_store, Payloads.Default, new CheckpointOptions { ResumeFailed = true }))).ShouldBe(new Point(3, 4));

    [Test]
    public async Task A_source_generated_context_says_which_type_it_does_not_know()
    {
        PipelineConfigurationException error = await PipelineBuilder.Stage<string, Order>("A", x => new Order(x, 1, default, [], null))
            .IdentifyBy(x => x).WithCheckpoints(_store, Payloads.Default).Build().RunAsync(["x"], Lives.Nightly).CatchAsync<PipelineConfigurationException>();

        error.Message.ShouldContain("[JsonSerializable(typeof(Order))]");
    }

    [Test]
    public async Task A_serializer_of_ones_own_does_the_writing_and_reading()
    {
        var serializer = new Utf8Text();
        (await BackAsync("héllo", builder => builder.WithCheckpoints(_store, serializer, new CheckpointOptions { ResumeFailed = true }))).ShouldBe("héllo");
        serializer.Written.ShouldBeGreaterThan(0);
        serializer.Read.ShouldBe(1);
    }

    [Test]
    public async Task A_serializer_that_throws_at_writing_fails_the_item_with_what_was_made()
    {
        Pipeline<string, string> pipeline = PipelineBuilder.Stage<string, string>("A", x => x + "!").IdentifyBy(x => x)
            .WithCheckpoints(_store, new Utf8Text { OnWrite = text => text == "x!" ? new IOException("no") : null }).Build();

        PipelineReport<string> report = await pipeline.LiveAsync("x", "y");

        CheckpointException error = report.Results[0].Error.ShouldBeOfType<CheckpointException>();
        error.UnsavedValue.ShouldBe("x!");
        error.InnerException.ShouldBeOfType<IOException>();
        error.Message.ShouldBe("The result of stage 'A' for item 'x' could not be turned into bytes: no");
        report.Results[1].Value.ShouldBe("y!");
        report.Fault.ShouldBeNull();
    }

    [Test]
    public async Task A_serializer_that_throws_at_reading_has_the_stage_run_again()
    {
        var serializer = new Utf8Text();
        int made = 0;
        Pipeline<string, string> pipeline = PipelineBuilder.Stage<string, string>("A", x => x + ++made).IdentifyBy(x => x).WithCheckpoints(_store, serializer).Build();
        await pipeline.LiveAsync("x");
        serializer.OnRead = _ => new IOException("no");

        (await pipeline.LiveAsync("x")).Results.ShouldHaveSingleItem().Value.ShouldBe("x2");
    }

    [Test]
    public async Task Rows_of_an_old_shape_never_read_as_default_values()
    {
        await PipelineBuilder.Stage<string, V1.Receipt>("A", x => new V1.Receipt(x, 5)).IdentifyBy(x => x).WithCheckpoints(_store).Build().LiveAsync("x");

        PipelineBuilder<string, V2.Receipt> changed = PipelineBuilder.Stage<string, V2.Receipt>("A", x => new V2.Receipt(x, 6, "EUR")).IdentifyBy(x => x);
        PipelineChangedException refused = await changed.WithCheckpoints(_store).Build().RunAsync(["x"], Lives.Nightly).CatchAsync<PipelineChangedException>();
        refused.Differences.ShouldBe(["the result of stage 'A' (Receipt) has changed: Receipt.Currency is new and not optional"]);

        PipelineReport<V2.Receipt> report = await changed.WithCheckpoints(_store, new CheckpointOptions { PipelineChangeHandling = PipelineChangeHandling.RestartChangedStages }).Build().LiveAsync("x");
        report.Results.ShouldHaveSingleItem().Value.ShouldBe(new V2.Receipt("x", 6, "EUR"));
    }

    [Test]
    public async Task A_renamed_property_is_another_shape()
    {
        await PipelineBuilder.Stage<string, V1.Receipt>("A", x => new V1.Receipt(x, 5)).IdentifyBy(x => x).WithCheckpoints(_store).Build().LiveAsync("x");

        await PipelineBuilder.Stage<string, V3.Receipt>("A", x => new V3.Receipt(x, 6)).IdentifyBy(x => x).WithCheckpoints(_store).Build()
            .RunAsync(["x"], Lives.Nightly).CatchAsync<PipelineChangedException>();
    }

    [Test]
    public async Task Another_type_is_named()
    {
        await PipelineBuilder.Stage<string, int>("A", _ => 1).IdentifyBy(x => x).WithCheckpoints(_store).Build().LiveAsync("x");

        PipelineChangedException refused = await PipelineBuilder.Stage<string, List<long>>("A", _ => new List<long>()).IdentifyBy(x => x).WithCheckpoints(_store).Build()
            .RunAsync(["x"], Lives.Nightly).CatchAsync<PipelineChangedException>();

        refused.Differences.ShouldBe(["the result of stage 'A' was Int32 and is List<Int64>"]);
    }

    [Test]
    public async Task Another_type_of_input_is_a_change_where_the_input_is_stored()
    {
        var persisting = new CheckpointOptions { PersistInput = true };
        await PipelineBuilder.Stage<string, int>("A", _ => 1).IdentifyBy(x => x).WithCheckpoints(_store, persisting).Build().LiveAsync("1");

        PipelineChangedException refused = await PipelineBuilder.Stage<int, int>("A", x => x).IdentifyBy(x => x).WithCheckpoints(_store, persisting).Build()
            .RunAsync([1], Lives.Nightly).CatchAsync<PipelineChangedException>();

        refused.Differences.ShouldBe(["the input has changed: input was String and is Int32"]);
    }

    [Test]
    public async Task Another_type_of_input_is_no_change_where_the_input_is_not_stored()
    {
        await PipelineBuilder.Stage<string, int>("A", _ => 1).IdentifyBy(x => x).WithCheckpoints(_store).Build().LiveAsync("1");

        PipelineReport<int> report = await PipelineBuilder.Stage<Action, int>("A", _ => 2).IdentifyBy(x => "1").WithCheckpoints(_store).Build().LiveAsync(() => { });

        report.Results.ShouldHaveSingleItem().Value.ShouldBe(1);
    }

    [Test]
    public async Task The_type_of_an_input_that_was_stored_once_is_not_forgotten()
    {
        var persisting = new CheckpointOptions { PersistInput = true };
        await PipelineBuilder.Stage<string, int>("A", _ => 1).IdentifyBy(x => x).WithCheckpoints(_store, persisting).Build().LiveAsync("1");
        await PipelineBuilder.Stage<string, int>("A", _ => 1).IdentifyBy(x => x).WithCheckpoints(_store).Build().LiveAsync("1");

        await PipelineBuilder.Stage<int, int>("A", x => x).IdentifyBy(x => x).WithCheckpoints(_store, persisting).Build()
            .RunAsync([1], Lives.Nightly).CatchAsync<PipelineChangedException>();
    }

    public readonly record struct Point(int X, int Y);

    public sealed record Order(string Name, decimal Price, DateTimeOffset At, int[] Lines, string? Note);

    private static class V1
    {
        public sealed record Receipt(string Name, int Price);
    }

    private static class V2
    {
        public sealed record Receipt(string Name, int Price, string Currency);
    }

    private static class V3
    {
        public sealed record Receipt(string Name, int Amount);
    }

    [JsonSerializable(typeof(string))]
    [JsonSerializable(typeof(Point))]
    private sealed partial class Payloads : JsonSerializerContext;

    /// <summary>Texts and bytes as they are.</summary>
    private sealed class Utf8Text : IPayloadSerializer
    {
        public Func<string?, Exception?> OnWrite { get; set; } = _ => null;

        public Func<string?, Exception?> OnRead { get; set; } = _ => null;

        public int Written { get; private set; }

        public int Read { get; private set; }

        public ReadOnlyMemory<byte> Serialize<T>(T value)
        {
            Written++;
            if (OnWrite(value as string) is { } error)
                throw error;
            return value as byte[] ?? Encoding.UTF8.GetBytes((string)(object)value!);
        }

        public T Deserialize<T>(ReadOnlyMemory<byte> bytes)
        {
            Read++;
            string text = Encoding.UTF8.GetString(bytes.Span);
            if (OnRead(text) is { } error)
                throw error;
            return (T)(typeof(T) == typeof(byte[]) ? (object)bytes.ToArray() : text);
        }

        public string Describe<T>() => typeof(T).Name;
    }
}
