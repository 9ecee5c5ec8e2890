using System.Text;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints.Values;

/// <summary>What the first version of the library has stored is checked by the rule of its time, goes on, and is rewritten. The rows below are its own.</summary>
public sealed class FirstFormatTests
{
    private const string Description =
        """
        {"Input":"{\u0022type\u0022:[\u0022string\u0022,\u0022null\u0022]}","Stages":[{"Name":"Pay","Version":null,"Type":"Receipt","Contract":"{\u0022type\u0022:[\u0022object\u0022,\u0022null\u0022],\u0022properties\u0022:{\u0022Name\u0022:{\u0022type\u0022:\u0022string\u0022},\u0022Price\u0022:{\u0022type\u0022:\u0022integer\u0022},\u0022State\u0022:{\u0022type\u0022:\u0022integer\u0022},\u0022Note\u0022:{\u0022type\u0022:[\u0022string\u0022,\u0022null\u0022]},\u0022At\u0022:{\u0022type\u0022:\u0022string\u0022,\u0022format\u0022:\u0022date-time\u0022}},\u0022required\u0022:[\u0022Name\u0022,\u0022Price\u0022,\u0022State\u0022,\u0022Note\u0022,\u0022At\u0022],\u0022additionalProperties\u0022:false}"},{"Name":"Sum","Version":null,"Type":"List\u003CReceipt\u003E","Contract":"{\u0022type\u0022:[\u0022array\u0022,\u0022null\u0022],\u0022items\u0022:{\u0022type\u0022:[\u0022object\u0022,\u0022null\u0022],\u0022properties\u0022:{\u0022Name\u0022:{\u0022type\u0022:\u0022string\u0022},\u0022Price\u0022:{\u0022type\u0022:\u0022integer\u0022},\u0022State\u0022:{\u0022type\u0022:\u0022integer\u0022},\u0022Note\u0022:{\u0022type\u0022:[\u0022string\u0022,\u0022null\u0022]},\u0022At\u0022:{\u0022type\u0022:\u0022string\u0022,\u0022format\u0022:\u0022date-time\u0022}},\u0022required\u0022:[\u0022Name\u0022,\u0022Price\u0022,\u0022State\u0022,\u0022Note\u0022,\u0022At\u0022],\u0022additionalProperties\u0022:false}}"},{"Name":"Check","Version":null,"Type":"Int32","Contract":"{\u0022type\u0022:\u0022integer\u0022}"}],"Checksum":247262787}
        """;

    private static readonly StoredStep[] _steps =
    [
        Step(1, -1, "\"x\"", 639314321510439367, 3166850412),
        Step(1, 0, """{"Name":"x","Price":5,"State":1,"Note":null,"At":"2026-01-02T03:04:05Z"}""", 639314321512966286, 1423797479),
        Step(1, 1, """[{"Name":"x","Price":5,"State":1,"Note":null,"At":"2026-01-02T03:04:05Z"},{"Name":"x","Price":7,"State":1,"Note":null,"At":"2026-01-02T03:04:05Z"}]""", 639314321513229265, 810202459),
        Step(1, 2, "12", 639314321513407107, 3956317489),
        Step(2, -1, "\"y\"", 639314321511247884, 3389597641),
        Step(2, 0, """{"Name":"y","Price":5,"State":1,"Note":null,"At":"2026-01-02T03:04:05Z"}""", 639314321513168613, 2356450977),
        Step(2, 1, """[{"Name":"y","Price":5,"State":1,"Note":null,"At":"2026-01-02T03:04:05Z"},{"Name":"y","Price":7,"State":1,"Note":null,"At":"2026-01-02T03:04:05Z"}]""", 639314321513410990, 1068639962),
    ];

    private readonly InMemoryCheckpointStore _store = new();
    private readonly List<string> _calls = [];

    [SetUp]
    public async Task FillAsync()
    {
        await using ICheckpointRun run = await _store.OpenRunAsync("nightly");
        await run.WriteAsync(new CheckpointBatch { Description = Description, Items = [Row(1, "s:x", 3, StoredItemState.Succeeded), Row(2, "s:y", 2, StoredItemState.Unfinished)], Steps = _steps });
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_run_goes_on_and_no_finished_stage_is_run_again(bool persistsInput)
    {
        PipelineReport<int> report = await Make<Receipt>(receipt => receipt.Price, persistsInput).RunAsync(persistsInput ? ["y"] : ["x", "y"], Lives.Nightly).InTime();

        report.Results.ShouldAllBe(result => result.Value == 12);
        report.ResumedCount.ShouldBe(persistsInput ? 1 : 2);
        _calls.ShouldBe(["Check"]);
    }

    [Test]
    public async Task What_is_met_is_rewritten()
    {
        await Make<Receipt>(receipt => receipt.Price).RunAsync(["x", "y"], Lives.Nightly).InTime();

        StoredRun stored = (await _store.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem();
        var description = PipelineDescription.Parse(stored.Description!);
        description.Format.ShouldBe(ContractFormat.Current);
        description.Stages[0].Contract.ShouldBe("""object{"Name": String, "Price": Int32, "State": enum<Int32>{"Pending"=0, "Done"=1}, "Note": String? optional, "At": DateTime}""");
        description.Stages[2].Contract.ShouldBe("Int32");
        (await FormatsAsync("s:x")).ShouldBe("-1:1 0:1 1:1 2:2");
        (await FormatsAsync("s:y")).ShouldBe("-1:1 0:1 1:2 2:2");
        (await Make<Receipt>(receipt => receipt.Price).RunAsync(["x", "y"], Lives.Nightly).InTime()).Results.ShouldAllBe(result => result.Value == 12);
        _calls.ShouldBe(["Check"]);
    }

    [Test]
    public async Task What_was_not_met_is_read_later_though_the_type_has_gained_something()
    {
        await Make<Receipt>(receipt => receipt.Price).RunAsync(["x"], Lives.Nightly).InTime();

        PipelineReport<int> report = await Make<V2.Receipt>(receipt => receipt.Discount is null && receipt.State == V2.State.Done ? receipt.Price : -1).RunAsync(["x", "y"], Lives.Nightly).InTime();

        report.Results.ShouldAllBe(result => result.Value == 12);
        _calls.ShouldBe(["Check"]);
    }

    [Test]
    public async Task What_was_written_before_a_type_has_gained_something_is_read_and_what_is_written_after_as_well()
    {
        await Make<Receipt>(receipt => receipt.Price).RunAsync(["x", "y"], Lives.Nightly).InTime();
        await Make<Receipt>(_ => throw new InvalidOperationException("later")).RunAsync(["old"], Lives.Nightly).InTime();
        _calls.Clear();
        await Make<V2.Receipt>(_ => throw new InvalidOperationException("later")).RunAsync(["new"], Lives.Nightly).InTime();
        _calls.ShouldBe(["Check"]);

        PipelineReport<int> report = await Make<V2.Receipt>(receipt => receipt.Price, resumesFailed: true).RunAsync(["x", "y", "old", "new"], Lives.Nightly).InTime();

        report.Results.Select(result => result.Value).ShouldBe([12, 12, 12, 12]);
        _calls.ShouldBe(["Check", "Check", "Check"]);
    }

    [Test]
    public async Task Another_shape_is_refused_by_the_rule_of_that_time()
    {
        PipelineChangedException error = await Make<V3.Receipt>(_ => 1).RunAsync(["x"], Lives.Nightly).CatchAsync<PipelineChangedException>();

        error.Differences[0].ShouldStartWith("the result of stage 'Pay' (Receipt) was {\"type\"");
        PipelineChangedException input = await Make<Receipt>(_ => 1, version: "2").RunAsync(["x"], Lives.Nightly).CatchAsync<PipelineChangedException>();
        input.Differences.ShouldBe(["the Version of stage 'Pay' was not set and is '2'"]);
    }

    [Test]
    public async Task A_value_of_a_shape_the_run_does_not_know_counts_as_not_there()
    {
        StoredStep odd = _steps[6] with { Format = ContractFormat.Current };
        await using (ICheckpointRun run = await _store.OpenRunAsync("nightly"))
            await run.WriteAsync(new CheckpointBatch { Steps = [odd with { Checksum = Checksum.Of(odd, 5) }] });

        // It goes on from the receipt of 5, which is taken twice.
        (await Make<Receipt>(receipt => receipt.Price).RunAsync(["y"], Lives.Nightly).InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe(10);
        _calls.ShouldBe(["Check"]);
    }

    [Test]
    public async Task The_contract_of_a_serializer_of_ones_own_is_what_it_says_in_both_formats()
    {
        var step = new StoredStep { Item = (1L << 32) + 1, StageIndex = 0, Value = Encoding.UTF8.GetBytes("stored"), Attempts = 1, IsNotified = true };
        await using (ICheckpointRun run = await _store.OpenRunAsync("nightly"))
        {
            await run.WriteAsync(new CheckpointBatch
            {
                Description = new PipelineDescription("String", [new StageDescription("A", null, "String", "String")]).ToText(),
                Items = [Row(1, "s:x", 1, StoredItemState.Succeeded)],
                Steps = [step with { Checksum = Checksum.Of(step, Checksum.Of("String")) }],
            });
        }

        Pipeline<string, string> pipeline = PipelineBuilder.Stage<string, string>("A", _ => "made").IdentifyBy(x => x).WithCheckpoints(_store, new TextSerializer(() => { })).Build();

        (await pipeline.RunAsync(["x"], Lives.Nightly).InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("stored");
        (await pipeline.RunAsync(["x"], Lives.Nightly).InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("stored");
        (await FormatsAsync("s:x")).ShouldContain("0:2");
    }

    [Test]
    public async Task A_description_of_a_later_format_is_refused_with_a_sentence()
    {
        await using (ICheckpointRun run = await _store.OpenRunAsync("nightly"))
            await run.WriteAsync(new CheckpointBatch { Description = """{"Format":3,"Stages":[],"Checksum":1}""" });

        InvalidDataException error = await Make<Receipt>(_ => 1).RunAsync(["x"], Lives.Nightly).CatchAsync<InvalidDataException>();

        error.Message.ShouldBe("The stored description of the pipeline has format 3, and this version of the library knows formats up to 2: a later version has written it, or it is damaged. Use that version, restore the store from a copy, or use another RunId.");
    }

    private Pipeline<string, int> Make<T>(Func<T, int> check, bool persistsInput = false, bool resumesFailed = false, string? version = null) => PipelineBuilder
        .Stage<string, T>("Pay", x => (T)Pay<T>(x), configure: s => s.Version = version)
        .Then("Sum", receipt => new List<T> { receipt, receipt })
        .Then("Check", all =>
        {
            _calls.Add("Check");
            // What is made by these tests costs 6 each; what was stored, 5 and 7.
            return all.Sum(check);
        }, configure: s => s.Retry = RetryPolicy.None)
        .IdentifyBy(x => x)
        .WithCheckpoints(_store, new CheckpointOptions { PersistInput = persistsInput, ResumeFailed = resumesFailed })
        .Build();

    private object Pay<T>(string name)
    {
        if (name is "x" or "y")
            _calls.Add($"Pay {name}");
        return typeof(T) == typeof(Receipt)
            ? new Receipt(name, 6, State.Done, null, DateTime.UnixEpoch)
            : new V2.Receipt(name, 6, V2.State.Failed, null, DateTime.UnixEpoch, 3);
    }

    private async Task<string> FormatsAsync(string id) => string.Join(' ', (await _store.ReadStepsAsync("nightly", id).ToListAsync()).Select(step => $"{step.StageIndex}:{step.Format}"));

    private static StoredStep Step(long item, int stage, string value, long ticks, uint checksum) => new()
    {
        Item = (1L << 32) + item,
        StageIndex = stage,
        Value = Encoding.UTF8.GetBytes(value),
        Attempts = stage < 0 ? 0 : 1,
        IsNotified = true,
        FinishedAt = new DateTimeOffset(ticks, TimeSpan.Zero),
        Checksum = checksum,
    };

    private static StoredItem Row(long item, string id, int stage, StoredItemState state)
    {
        var row = new StoredItem { Key = (1L << 32) + item, Id = id, Sequence = item - 1, StageIndex = stage, State = state, StoredAt = DateTimeOffset.UnixEpoch };
        return row with { Checksum = Checksum.Of(row) };
    }

    internal enum State
    {
        Pending,
        Done,
    }

    internal sealed record Receipt(string Name, int Price, State State, string? Note, DateTime At);

    private static class V2
    {
        public enum State
        {
            Pending,
            Done,
            Failed,
        }

        public sealed record Receipt(string Name, int Price, State State, string? Note, DateTime At, int? Discount);
    }

    private static class V3
    {
        public sealed record Receipt(string Name, int Price, State State, string? Note);
    }
}
