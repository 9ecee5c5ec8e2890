using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints.Onces;

/// <summary>The type of an answer has changed between two runs of the program: the answer is read if it can be, and what it stands for is not done again.</summary>
public sealed class ChangedAnswersTests
{
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private int _paid;

    private Pipeline<int, string> Make<T>(Func<int, T> pay, Gate<int>? gate = null, CheckpointOptions? options = null, bool forgets = false, Func<CancellationToken, Task<T?>>? find = null)
        where T : class => PipelineBuilder.StageWithContext<int, string>("Create", async (x, context) =>
    {
        if (forgets)
            await context.ForgetAsync("batch");
        T batch = await context.OnceAsync("batch", _ => Task.FromResult(pay(Interlocked.Increment(ref _paid))), find);
        if (gate is not null)
            await gate.PassAsync(x, context.CancellationToken);
        return batch.ToString()!;
    }, workers: 4).IdentifyBy(x => x).WithCheckpoints(_store, options).Build();

    /// <summary>Four items are paid for, and the process is killed before their stage is done.</summary>
    private async Task PayFourAndDieAsync<T>(Func<int, T> pay)
        where T : class
    {
        var gate = new Gate<int>();
        await Make(pay, gate).DieAsync(_store, gate.WhenArrivedAsync(4), 1, 2, 3, 4);
        _paid.ShouldBe(4);
    }

    private static void ShouldHaveFailed(PipelineReport<string> report, string saying)
    {
        report.FailedCount.ShouldBe(4);
        foreach (PipelineResult<string> result in report.Results)
        {
            result.Error.ShouldBeOfType<CheckpointException>().Message.ShouldContain(saying);
            result.Attempts.ShouldBe(1);
        }
    }

    [Test]
    public async Task A_field_that_is_optional_may_be_added()
    {
        await PayFourAndDieAsync(number => new Batch($"b{number}"));

        PipelineReport<string> report = await Make(number => new NotedBatch($"again {number}")).LiveAsync(1, 2, 3, 4);

        report.Results.Select(result => result.Value).Order().ShouldBe([.. Enumerable.Range(1, 4).Select(number => $"NotedBatch {{ Id = b{number}, Note =  }}")]);
        _paid.ShouldBe(4);
    }

    [Test]
    public async Task The_type_may_be_renamed()
    {
        await PayFourAndDieAsync(number => new Batch($"b{number}"));

        (await Make(number => new Order($"again {number}")).LiveAsync(1, 2, 3, 4)).SucceededCount.ShouldBe(4);

        _paid.ShouldBe(4);
    }

    [Test]
    public async Task A_field_that_is_required_fails_the_item_and_nothing_is_done_again()
    {
        await PayFourAndDieAsync(number => new Batch($"b{number}"));

        PipelineReport<string> report = await Make(number => new OwnedBatch($"again {number}", "us"), find: _ => throw new IOException("nobody asks")).LiveAsync(1, 2, 3, 4);

        ShouldHaveFailed(report, "Stage 'Create': the type of the answer of 'batch' was ");
        report.Results[0].Error!.Message.ShouldContain(" and is ");
        report.Results[0].Error!.Message.ShouldContain("Owner");
        report.Results[0].Error!.Message.ShouldContain("ForgetAsync(\"batch\")");
        _paid.ShouldBe(4);
    }

    [Test]
    public async Task A_field_that_is_gone_fails_the_item_and_the_old_program_goes_on()
    {
        await PayFourAndDieAsync(number => new NotedBatch($"b{number}", "dear"));

        ShouldHaveFailed(await Make(number => new Batch($"again {number}")).LiveAsync(1, 2, 3, 4), "the type of the answer of 'batch' was ");
        PipelineReport<string> report = await Make(number => new NotedBatch($"again {number}"), options: new CheckpointOptions { ResumeFailed = true }).LiveAsync(1, 2, 3, 4);

        report.Results.Select(result => result.Value).Order().ShouldBe([.. Enumerable.Range(1, 4).Select(number => $"NotedBatch {{ Id = b{number}, Note = dear }}")]);
        _paid.ShouldBe(4);
    }

    [Test]
    public async Task The_old_program_goes_on_after_the_new_one_has_read_its_answers()
    {
        await PayFourAndDieAsync(number => new Batch($"b{number}"));
        var gate = new Gate<int>();
        // Of the four that ran at the first crash two may run together.
        await Make(number => new NotedBatch($"again {number}"), gate, new CheckpointOptions { MaxCrashes = 9 }).DieAsync(_store, gate.WhenArrivedAsync(2), 1, 2, 3, 4);

        (await Make(number => new Batch($"again {number}"), options: new CheckpointOptions { MaxCrashes = 9 }).LiveAsync(1, 2, 3, 4)).SucceededCount.ShouldBe(4);

        _paid.ShouldBe(4);
    }

    [Test]
    public async Task An_answer_of_another_type_may_be_forgotten()
    {
        await PayFourAndDieAsync(number => new Batch($"b{number}"));

        PipelineReport<string> report = await Make(number => new OwnedBatch($"b{number}", "us"), forgets: true).LiveAsync(1, 2, 3, 4);

        report.SucceededCount.ShouldBe(4);
        _paid.ShouldBe(8);
    }

    [Test]
    public async Task A_task_may_go_back_to_the_old_type_by_itself()
    {
        await PayFourAndDieAsync(number => new Batch($"b{number}"));
        Pipeline<int, string> pipeline = PipelineBuilder.StageWithContext<int, string>("Create", async (_, context) =>
        {
            await context.OnceAsync("batch", _ => Task.FromResult(new OwnedBatch("again", "us"))).CatchAsync<CheckpointException>();
            return (await context.OnceAsync("batch", _ => Task.FromResult(new Batch("again")))).Id;
        }).IdentifyBy(x => x).WithCheckpoints(_store).Build();

        PipelineReport<string> report = await pipeline.LiveAsync(1, 2, 3, 4);

        report.Results.Select(result => result.Value).Order().ShouldBe(["b1", "b2", "b3", "b4"]);
    }

    [Test]
    public async Task What_an_answer_was_is_known_over_the_runs_and_over_changes_of_the_pipeline()
    {
        await PayFourAndDieAsync(number => new Batch($"b{number}"));
        // Another answer, of another type, and another pipeline: each of them writes the description of the pipeline anew.
        var gate = new Gate<int>();
        await PipelineBuilder.StageWithContext<int, string>("Create", async (x, context) =>
        {
            await context.OnceAsync("other", _ => Task.FromResult(new OwnedBatch("o", "us")));
            await gate.PassAsync(x, context.CancellationToken);
            return "";
        }, workers: 4, s => s.Version = "2").IdentifyBy(x => x)
            .WithCheckpoints(_store, new CheckpointOptions { PipelineChangeHandling = PipelineChangeHandling.RestartChangedStages }).Build().DieAsync(_store, gate.WhenArrivedAsync(2), 1, 2, 3, 4);

        var options = new CheckpointOptions { PipelineChangeHandling = PipelineChangeHandling.RestartChangedStages, MaxCrashes = 9 };
        (await Make(number => new NotedBatch($"again {number}"), options: options).LiveAsync(1, 2, 3, 4)).SucceededCount.ShouldBe(4);

        _paid.ShouldBe(4);
    }

    [Test]
    public async Task The_description_of_a_type_is_written_once()
    {
        int descriptions = 0;
        _store.OnWritten = batch => descriptions += batch.Description is null ? 0 : 1;

        await Make(number => new Batch($"b{number}")).LiveAsync(1, 2);
        await Make(number => new Batch($"b{number}")).LiveAsync(3, 4);

        // One at the opening; one with the first answer, or two if both came before either was stored.
        descriptions.ShouldBeInRange(2, 3);
    }

    [Test]
    public async Task An_answer_of_the_first_format_is_read_and_stored_anew()
    {
        await PayFourAndDieAsync(number => new Batch($"b{number}"));
        _store.Onces = OfFirstFormat<Batch>;
        List<StoredOnce> written = [];
        _store.OnWritten = batch =>
        {
            lock (written)
                written.AddRange(batch.Onces);
        };

        PipelineReport<string> report = await Make(number => new Batch($"again {number}")).LiveAsync(1, 2, 3, 4);

        report.SucceededCount.ShouldBe(4);
        _paid.ShouldBe(4);
        written.Select(once => (once.State, once.Format)).ShouldBe(Enumerable.Repeat((StoredOnceState.Answered, ContractFormat.Current), 4));
    }

    [Test]
    public async Task An_answer_of_the_first_format_and_of_another_type_fails_the_item_without_a_text()
    {
        await PayFourAndDieAsync(number => new Batch($"b{number}"));
        _store.Onces = OfFirstFormat<Batch>;

        PipelineReport<string> report = await Make(number => new OwnedBatch($"again {number}", "us")).LiveAsync(1, 2, 3, 4);

        ShouldHaveFailed(report, "the type of the answer of 'batch' was different (older versions of the library stored no description of it) and is ");
        _paid.ShouldBe(4);
    }

    [Test]
    public async Task An_answer_that_is_whole_and_that_the_serializer_does_not_read_is_not_asked_for_again()
    {
        await PayFourAndDieAsync(number => new Batch($"b{number}"));
        _store.Onces = row => Sealed(row with { Answer = "{"u8.ToArray() });

        PipelineReport<string> report = await Make(number => new Batch($"again {number}"), find: _ => throw new IOException("nobody asks")).LiveAsync(1, 2, 3, 4);

        ShouldHaveFailed(report, "is done, and its stored answer could not be read");
        _paid.ShouldBe(4);
    }

    private static StoredOnce OfFirstFormat<T>(StoredOnce row) =>
        row.State == StoredOnceState.Answered ? Sealed(row with { Format = ContractFormat.First, Contract = Checksum.Of(AnswerShapes.DescribeFirst<T>(JsonPayloads.OfReflection())) }) : row;

    private static StoredOnce Sealed(StoredOnce row) => row with { Checksum = Checksum.Of(row) };

    private sealed record Batch(string Id);

    private sealed record Order(string Id);

    private sealed record NotedBatch(string Id, string? Note = null);

    private sealed record OwnedBatch(string Id, string Owner);
}
