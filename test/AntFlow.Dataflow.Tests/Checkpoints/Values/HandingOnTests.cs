using System.Text;
using System.Text.Json.Serialization;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints.Values;

/// <summary>With checkpoints a stage hands on what was stored, as it is read back: a run that nothing disturbs computes what a resumed one does.</summary>
public sealed class HandingOnTests
{
    private readonly InMemoryCheckpointStore _store = new();

    [Test]
    public async Task The_next_stage_OnSuccess_and_the_results_get_the_value_as_it_was_read_back()
    {
        List<Page> made = [];
        List<Page> told = [];
        List<Page> got = [];
        Pipeline<string, Page> pipeline = PipelineBuilder
            .Stage<string, Page>("Fetch", url => Remember(made, new Page(url, [1, 2])), configure: s => s.OnSuccess = (e, _) => Tell(told, e.Value))
            .Then<Page>("Change", page =>
            {
                got.Add(page);
                return Remember(made, new Page(page.Url + "!", page.Parts));
            }, configure: s => s.OnSuccess = (e, _) => Tell(told, e.Input, e.Value))
            .IdentifyBy(url => url).WithCheckpoints(_store).Build();

        Page result = (await pipeline.LiveAsync("x")).Results.ShouldHaveSingleItem().Value!;

        (result.Url, result.Parts[1]).ShouldBe(("x!", 2));
        result.ShouldNotBeSameAs(made[1]);
        result.Parts.ShouldNotBeSameAs(made[1].Parts);
        got[0].ShouldNotBeSameAs(made[0]);
        told[0].ShouldBeSameAs(got[0]);
        told[1].ShouldBeSameAs(got[0]);
        told[2].ShouldBeSameAs(result);
    }

    [Test]
    public async Task Texts_and_numbers_go_on_as_they_were_made()
    {
        string made = new('a', 3);

        PipelineReport<string> report = await PipelineBuilder.Stage<string, string>("A", _ => made).IdentifyBy(x => x).WithCheckpoints(_store).Build().LiveAsync("x");

        report.Results[0].Value.ShouldBeSameAs(made);
    }

    [Test]
    public void What_comes_back_by_its_type_is_not_read_back()
    {
        var serializer = new Counting();
        IsCopied(serializer, 5).ShouldBeFalse();
        IsCopied(serializer, 5.5m).ShouldBeFalse();
        IsCopied(serializer, (int?)null).ShouldBeFalse();
        IsCopied(serializer, DayOfWeek.Friday).ShouldBeFalse();
        IsCopied(serializer, Guid.Empty).ShouldBeFalse();
        IsCopied(serializer, (1, "x", (true, TimeSpan.Zero))).ShouldBeFalse();
        IsCopied(serializer, Tuple.Create(1, "x")).ShouldBeFalse();
        IsCopied(serializer, "x\uD83D\uDE00").ShouldBeFalse();
        IsCopied(serializer, (string?)null).ShouldBeFalse();
        IsCopied(serializer, DateTime.UnixEpoch).ShouldBeFalse();
        IsCopied(serializer, 'x').ShouldBeFalse();
        serializer.Read.ShouldBe(0);
        IsCopied(serializer, new Page("x", [])).ShouldBeTrue();
        IsCopied(serializer, (1, new List<int>())).ShouldBeTrue();
        IsCopied(serializer, new Flat(1, "x")).ShouldBeTrue();
        IsCopied(serializer, new DateTime(1, DateTimeKind.Local)).ShouldBeTrue();
        IsCopied(serializer, Array.Empty<object>()).ShouldBeTrue();
        Should.Throw<NotSupportedException>(() => IsCopied(JsonPayloads.OfReflection(), "\uD83D"));
        Should.Throw<NotSupportedException>(() => IsCopied(JsonPayloads.OfReflection(), (1, "\uD83D")));
        Should.Throw<NotSupportedException>(() => IsCopied(JsonPayloads.OfReflection(), '\uD83D'));
    }

    [Test]
    public async Task A_skipped_item_goes_on_with_what_was_read_back()
    {
        var made = new Page("skipped", []);
        Pipeline<string, Page> pipeline = PipelineBuilder.Stage<string, Page>("A", _ => throw new InvalidOperationException("not called"), configure: s =>
        {
            s.SkipIf = _ => true;
            s.SkipTo = _ => made;
        }).IdentifyBy(x => x).WithCheckpoints(_store).Build();

        Page result = (await pipeline.LiveAsync("x")).Results.ShouldHaveSingleItem().Value!;

        result.Url.ShouldBe("skipped");
        result.ShouldNotBeSameAs(made);
    }

    [Test]
    public async Task With_PersistInput_the_first_stage_gets_its_input_as_read_back()
    {
        var fed = new Page("x", [1]);
        Page? got = null;
        Pipeline<Page, int> pipeline = PipelineBuilder.Stage<Page, int>("A", page => (got = page).Parts.Count).IdentifyBy(page => page.Url)
            .WithCheckpoints(_store, new CheckpointOptions { PersistInput = true }).Build();

        (await pipeline.LiveAsync(fed)).SucceededCount.ShouldBe(1);

        got!.Url.ShouldBe("x");
        got.ShouldNotBeSameAs(fed);
    }

    [Test]
    public async Task An_input_that_does_not_come_back_fails_its_item_with_the_input_in_hand()
    {
        var fed = new Page("x", [1]) { Extra = new Dictionary<string, object> { ["a"] = 1 } };
        Pipeline<Page, int> pipeline = PipelineBuilder.Stage<Page, int>("A", page => page.Parts.Count).IdentifyBy(page => page.Url)
            .WithCheckpoints(_store, new CheckpointOptions { PersistInput = true }).Build();

        CheckpointException error = (await pipeline.LiveAsync(fed)).Results.ShouldHaveSingleItem().Error.ShouldBeOfType<CheckpointException>();

        error.Message.ShouldContain("The input of item 'x' could not be turned into bytes: A Page does not come back as it was: Page.Extra[\"a\"]: Int32 became JsonElement.");
        error.UnsavedValue.ShouldBeSameAs(fed);
    }

    [Test]
    public async Task An_attempt_begins_with_the_input_as_it_was_handed_on()
    {
        List<Page> got = [];
        Page? made = null;
        Pipeline<string, int> pipeline = PipelineBuilder.Stage<string, Page>("Fetch", url => made = new Page(url, [1]))
            .ThenWithTasks<int>("Use", t => t
                .Task("first", (Page page) =>
                {
                    got.Add(page);
                    return page.Url;
                })
                .Task("second", (string _) => got.Count < 3 ? throw new InvalidOperationException("again") : 5), configure: s =>
                {
                    s.RetryScope = RetryScope.Stage;
                    s.Retry = RetryPolicy.Fixed(3, TimeSpan.Zero);
                })
            .IdentifyBy(x => x).WithCheckpoints(_store).Build();

        (await pipeline.LiveAsync("x")).SucceededCount.ShouldBe(1);

        got.Count.ShouldBe(3);
        got.ShouldAllBe(page => ReferenceEquals(page, got[0]));
        got[0].ShouldNotBeSameAs(made);
    }

    [Test]
    public async Task A_serializer_of_ones_own_is_asked_for_what_goes_on()
    {
        var serializer = new Counting();
        Pipeline<string, Page> pipeline = PipelineBuilder.Stage<string, Page>("A", url => new Page(url, [1])).IdentifyBy(x => x).WithCheckpoints(_store, serializer).Build();

        Page first = (await pipeline.LiveAsync("x")).Results.ShouldHaveSingleItem().Value!;
        Page second = (await pipeline.LiveAsync("x")).Results.ShouldHaveSingleItem().Value!;

        first.Url.ShouldBe("read back");
        second.Url.ShouldBe("read back");
    }

    [Test]
    public async Task A_serializer_that_cannot_read_what_it_wrote_fails_the_item_with_the_value_in_hand()
    {
        var serializer = new Counting { OnRead = () => throw new FormatException("no") };
        Pipeline<string, Page> pipeline = PipelineBuilder.Stage<string, Page>("A", url => new Page(url, [1])).IdentifyBy(x => x).WithCheckpoints(_store, serializer).Build();

        CheckpointException error = (await pipeline.LiveAsync("x")).Results.ShouldHaveSingleItem().Error.ShouldBeOfType<CheckpointException>();

        error.UnsavedValue.ShouldBeOfType<Page>().Url.ShouldBe("x");
        error.InnerException.ShouldBeOfType<FormatException>();
    }

    [Test]
    public async Task An_item_that_was_taken_away_while_its_value_was_read_back_stays_as_it_is()
    {
        var time = new SteppedTime();
        var locks = new Standstill();
        var serializer = new Counting { OnRead = locks.Stand };
        Pipeline<string, Page> pipeline = PipelineBuilder.Stage<string, Page>("A", url => new Page(url, [1])).IdentifyBy(x => x).WithTimeProvider(time).WithCheckpoints(_store, serializer).Build();
        await using PipelineRun<string, Page> run = pipeline.Start(new RunOptions { RunId = "nightly", AbandonAfter = TimeSpan.FromSeconds(1) });
        await run.FeedAsync(["x"]).InTime();
        await locks.Reached.InTime();
        run.Cancel();

        PipelineReport<Page> report = await time.DriveAsync(run.Completion);
        locks.Release();

        report.Results.ShouldHaveSingleItem().Status.ShouldBe(ResultStatus.Canceled);
        (await new CheckpointInspector(_store).GetHistoryAsync("nightly", "x")).ShouldBeEmpty();
    }

    [Test]
    public async Task Every_value_is_compared_and_not_the_first_ones_only()
    {
        // The first five come back; a member is set from the sixth on.
        Pipeline<int, Page> pipeline = PipelineBuilder
            .Stage<int, Page>("A", i => new Page($"{i}", []) { Extra = i < 5 ? null : new Dictionary<string, object> { ["n"] = i } })
            .IdentifyBy(i => i).WithCheckpoints(_store).Build();

        PipelineReport<Page> report = await pipeline.LiveAsync([.. Enumerable.Range(0, 50)]);

        report.SucceededCount.ShouldBe(5);
        report.Results.Skip(5).ShouldAllBe(result => result.Error is CheckpointException && ((CheckpointException)result.Error!).UnsavedValue is Page);
    }

    [Test]
    public async Task A_member_that_is_left_out_when_null_comes_back_and_nothing_is_asked_for_twice()
    {
        int asked = 0;
        Pipeline<int, int> Make() => PipelineBuilder
            .Stage<int, Reply>("Ask", i =>
            {
                Interlocked.Increment(ref asked);
                return new Reply($"text {i}", i < 4 ? "refused" : null);
            })
            .Then("Use", reply => reply.Text.Length)
            .IdentifyBy(i => i).WithCheckpoints(_store).Build();
        PipelineRun<int, int> run = Make().Start(Lives.Nightly);
        run.Pause("Use");
        await run.FeedAsync(Enumerable.Range(0, 10)).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].Completed == 10);
        await run.StopAsync().InTime();
        await run.DisposeAsync();

        PipelineReport<int> report = await Make().LiveAsync([.. Enumerable.Range(0, 10)]);

        report.SucceededCount.ShouldBe(10);
        asked.ShouldBe(10);
    }

    [Test]
    public async Task A_page_with_numbers_in_an_object_fails_in_the_first_run_and_not_in_the_second()
    {
        Pipeline<string, string> pipeline = PipelineBuilder
            .Stage<string, Report>("Fetch", url => new Report(url, new Dictionary<string, object?> { ["status"] = 200 }, new Deep("x", 3)))
            .Then("Judge", page => $"{(int)page.Fields["status"]!} {((Deep)page.Shape).Size}")
            .IdentifyBy(url => url).WithCheckpoints(_store).Build();

        PipelineResult<string> result = (await pipeline.LiveAsync("x")).Results.ShouldHaveSingleItem();

        result.Stage.ShouldBe("Fetch");
        CheckpointException error = result.Error.ShouldBeOfType<CheckpointException>();
        error.Message.ShouldContain("Report.Fields[\"status\"]: Int32 became JsonElement");
        ((Report)error.UnsavedValue!).Fields["status"].ShouldBe(200);
    }

    private static T Remember<T>(List<T> all, T value)
    {
        all.Add(value);
        return value;
    }

    private static ValueTask Tell<T>(List<T> all, params T[] values)
    {
        all.AddRange(values);
        return ValueTask.CompletedTask;
    }

    private static bool IsCopied<T>(IPayloadSerializer serializer, T value)
    {
        new Payload<T>(serializer).Write(value, out _, out bool isCopied);
        return isCopied;
    }

    internal sealed record Page(string Url, List<int> Parts)
    {
        public Dictionary<string, object>? Extra { get; init; }
    }

    internal sealed record Flat(int Number, string Text);

    internal sealed record Reply(string Text, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Refusal);

    internal record Shape(string Name);

    internal sealed record Deep(string Name, int Size) : Shape(Name);

    internal sealed record Report(string Url, Dictionary<string, object?> Fields, Shape Shape);

    /// <summary>Reads every page as another one.</summary>
    private sealed class Counting : IPayloadSerializer
    {
        public Action OnRead { get; init; } = () => { };

        public int Read { get; private set; }

        public ReadOnlyMemory<byte> Serialize<T>(T value) => Encoding.UTF8.GetBytes("x");

        public T Deserialize<T>(ReadOnlyMemory<byte> bytes)
        {
            Read++;
            OnRead();
            return typeof(T) == typeof(Page) ? (T)(object)new Page("read back", []) : default!;
        }

        public string Describe<T>() => typeof(T).Name;
    }
}
