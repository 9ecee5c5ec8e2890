using System.Text.Json.Nodes;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints.Onces;

/// <summary>An answer that cannot be stored was paid for all the same: the call is not made again, and the answer is in the error.</summary>
public sealed class UnstorableAnswersTests
{
    private static readonly int[] _ten = [.. Enumerable.Range(0, 10)];

    private readonly SteppedTime _time = new();
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private int _paid;

    /// <summary>A pipeline with default options and default retries.</summary>
    private Pipeline<int, string> Make<T>(Func<T> pay, CheckpointOptions? options = null, Func<StageContext, Task<T>>? use = null, Func<CancellationToken, Task<T?>>? find = null)
        where T : class
    {
        Task<T> PayAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _paid);
            return Task.FromResult(pay());
        }

        return PipelineBuilder.StageWithContext<int, string>("Create", async (_, context) => (await (use is null ? context.OnceAsync("batch", PayAsync, find) : use(context))).ToString()!)
            .IdentifyBy(x => x)
            .WithTimeProvider(_time)
            .WithCheckpoints(_store, options)
            .Build();
    }

    private Task<PipelineReport<string>> RunAsync(Pipeline<int, string> pipeline, params int[] items) => _time.DriveAsync(pipeline.RunAsync(items, Lives.Nightly).ReportAsync());

    private static void ShouldCarryAnswers(PipelineReport<string> report, Func<object?, bool> isAnswer)
    {
        report.FailedCount.ShouldBe(10);
        foreach (PipelineResult<string> result in report.Results)
        {
            isAnswer(result.Error.ShouldBeOfType<CheckpointException>().UnsavedValue).ShouldBeTrue();
            result.Error!.Message.ShouldContain($"Stage 'Create': 'batch' of item '{result.ItemId}' is done, and its answer, which is in UnsavedValue, could not be stored");
            result.Attempts.ShouldBe(1);
        }
    }

    [TestCase(UncertainAnswerHandling.Fail)]
    [TestCase(UncertainAnswerHandling.RunAgain)]
    public async Task A_derived_answer_is_paid_once(UncertainAnswerHandling uncertainHandling)
    {
        PipelineReport<string> report = await RunAsync(Make<Answer>(() => new DeepAnswer("b", 3), new CheckpointOptions { UncertainAnswerHandling = uncertainHandling }), _ten);

        _paid.ShouldBe(10);
        ShouldCarryAnswers(report, answer => answer is DeepAnswer { Size: 3 });
    }

    [Test]
    public async Task A_tree_that_is_too_deep_is_paid_once()
    {
        static JsonNode Deep() => Enumerable.Range(0, 70).Aggregate((JsonNode)JsonValue.Create(1), (inner, _) => new JsonArray(inner));

        PipelineReport<string> report = await RunAsync(Make(Deep), _ten);

        _paid.ShouldBe(10);
        ShouldCarryAnswers(report, answer => answer is JsonArray);
    }

    [Test]
    public async Task A_number_that_is_none_is_paid_once()
    {
        PipelineReport<string> report = await RunAsync(Make(() => new Priced("b", double.NaN)), _ten);

        _paid.ShouldBe(10);
        ShouldCarryAnswers(report, answer => answer is Priced { Price: double.NaN });
    }

    [Test]
    public async Task An_answer_that_is_too_large_is_paid_once()
    {
        Pipeline<int, string> pipeline = PipelineBuilder.StageWithContext<int, string>("Create", (_, context) => context.OnceAsync("batch", _ => Task.FromResult(new string('x', Interlocked.Increment(ref _paid) + 2_000))))
            .IdentifyBy(x => x).WithTimeProvider(_time).WithCheckpoints(_store, new Picky(1_000)).Build();

        PipelineReport<string> report = await RunAsync(pipeline, _ten);

        _paid.ShouldBe(10);
        ShouldCarryAnswers(report, answer => answer is string { Length: > 2_000 });
    }

    [Test]
    public async Task A_type_that_cannot_be_read_back_is_refused_before_anything_is_paid()
    {
        PipelineReport<string> report = await RunAsync(Make(() => new Handle("b", null)), _ten);

        _paid.ShouldBe(0);
        report.FailedCount.ShouldBe(10);
        PipelineResult<string> result = report.Results[0];
        result.Attempts.ShouldBe(1);
        result.Error.ShouldBeOfType<CheckpointException>().Message.ShouldContain("was not begun, because an answer of type Handle cannot be stored");
        // Nothing was begun: a program that returns what can be stored begins as if nothing had been.
        (await RunAsync(Make(() => "b", new CheckpointOptions { ResumeFailed = true, UncertainAnswerHandling = UncertainAnswerHandling.Fail }), _ten)).SucceededCount.ShouldBe(10);
    }

    [Test]
    public async Task An_answer_that_comes_back_as_something_else_is_paid_once()
    {
        PipelineReport<string> report = await RunAsync(Make(() => new Tagged("b", new Dictionary<string, object> { ["status"] = 200 })), _ten);

        _paid.ShouldBe(10);
        ShouldCarryAnswers(report, answer => answer is Tagged { Tags: { Count: 1 } tags } && tags["status"] is 200);
        report.Results[9].Error!.Message.ShouldContain("Tags");
    }

    [Test]
    public async Task Without_checkpoints_any_answer_will_do()
    {
        Pipeline<int, string> pipeline = PipelineBuilder.StageWithContext<int, string>("Create", async (_, context) =>
        {
            Handle handle = await context.OnceAsync("batch", _ => Task.FromResult(new Handle($"b{Interlocked.Increment(ref _paid)}", this)));
            return context.Attempt == 1 ? throw new InvalidOperationException("not yet") : handle.Id;
        }, configure: s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.Zero)).Build();

        (await pipeline.RunAsync([1]).InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("b1");
    }

    [Test]
    public async Task It_stays_there_for_a_task_that_goes_on_with_it()
    {
        PipelineReport<string> report = await RunAsync(Make<Answer>(null!, use: async context =>
        {
            async Task<Answer?> TryAsync() => (Answer?)(await context.OnceAsync<Answer>("batch", _ => Task.FromResult<Answer>(new DeepAnswer("b", ++_paid))).CatchAsync<CheckpointException>()).UnsavedValue;
            Answer? first = await TryAsync();
            (await TryAsync()).ShouldBeSameAs(first);
            return first!;
        }), 1);

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("DeepAnswer { Id = b, Size = 1 }");
        _paid.ShouldBe(1);
    }

    [Test]
    public async Task An_attempt_that_fails_with_something_else_does_not_have_the_next_one_pay()
    {
        PipelineReport<string> report = await RunAsync(Make<Answer>(null!, use: async context =>
        {
            try
            {
                return await context.OnceAsync<Answer>("batch", _ => Task.FromResult<Answer>(new DeepAnswer("b", ++_paid)));
            }
            catch (CheckpointException error) when (context.Attempt < 3)
            {
                throw new HttpRequestException("wrapped", error);
            }
        }), 1);

        PipelineResult<string> result = report.Results.ShouldHaveSingleItem();
        result.Attempts.ShouldBe(3);
        result.Error.ShouldBeOfType<CheckpointException>().UnsavedValue.ShouldBe(new DeepAnswer("b", 1));
        _paid.ShouldBe(1);
    }

    [Test]
    public async Task An_answer_that_can_be_stored_later_is()
    {
        var picky = new Picky(int.MaxValue) { Refusals = 1 };
        Pipeline<int, string> pipeline = PipelineBuilder.StageWithContext<int, string>("Create", async (_, context) =>
        {
            try
            {
                return await context.OnceAsync("batch", _ => Task.FromResult($"b{++_paid}"));
            }
            catch (CheckpointException error) when (context.Attempt == 1)
            {
                throw new HttpRequestException("wrapped", error);
            }
        }).IdentifyBy(x => x).WithTimeProvider(_time).WithCheckpoints(_store, picky).Build();
        List<StoredOnceState> states = [];
        _store.OnWritten = batch => states.AddRange(batch.Onces.Select(once => once.State));

        (await RunAsync(pipeline, 1)).Results.ShouldHaveSingleItem().Value.ShouldBe("b1");

        _paid.ShouldBe(1);
        states.ShouldBe([StoredOnceState.Begun, StoredOnceState.Unsaved, StoredOnceState.Answered]);
    }

    [Test]
    public async Task It_may_be_forgotten_and_is_done_anew_under_another_key()
    {
        List<string> keys = [];
        PipelineReport<string> report = await RunAsync(Make<Answer>(null!, use: async context =>
        {
            Task<Answer> PayAsync(CancellationToken token)
            {
                keys.Add(context.GetIdempotencyKey("batch"));
                return Task.FromResult(++_paid == 1 ? new DeepAnswer("b", 1) : new Answer("stored"));
            }

            await context.OnceAsync("batch", PayAsync).CatchAsync<CheckpointException>();
            await context.ForgetAsync("batch");
            return await context.OnceAsync("batch", PayAsync);
        }), 1);

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("Answer { Id = stored }");
        keys.Distinct().Count().ShouldBe(2);
        _paid.ShouldBe(2);
    }

    [Test]
    public async Task A_later_run_does_not_pay_again_and_says_why()
    {
        await RunAsync(Make<Answer>(() => new DeepAnswer("b", 1)), 1);

        PipelineReport<string> report = await RunAsync(Make(() => new Answer("b"), new CheckpointOptions { ResumeFailed = true }), 1);

        PipelineResult<string> result = report.Results.ShouldHaveSingleItem();
        result.Error.ShouldBeOfType<CheckpointException>().Message.ShouldContain("'batch' of item '1' was done in an earlier run of the program, and its answer could not be stored");
        result.Attempts.ShouldBe(1);
        _paid.ShouldBe(1);
    }

    [Test]
    public async Task A_later_run_that_can_find_it_adopts_what_it_finds_and_does_not_pay_if_that_is_nothing()
    {
        await RunAsync(Make<Answer>(() => new DeepAnswer("b", 1)), 1, 2);

        int asked = 0;
        PipelineReport<string> report = await RunAsync(
            Make(() => new Answer("b"), new CheckpointOptions { ResumeFailed = true }, find: _ => Task.FromResult(Interlocked.Increment(ref asked) == 1 ? new Answer("found") : null)), 1, 2);

        report.Results.Count(result => result.Value == "Answer { Id = found }").ShouldBe(1);
        report.Results.Single(result => result.Value is null).Error.ShouldBeOfType<CheckpointException>().Message.ShouldContain("ForgetAsync(\"batch\")");
        _paid.ShouldBe(2);
    }

    [Test]
    public async Task What_find_finds_and_cannot_be_stored_is_kept_too()
    {
        // The process is killed once the intent is stored.
        _store.OnWritten = batch =>
        {
            if (batch.Onces.Any(once => once.State == StoredOnceState.Begun))
                _store.Kill();
        };
        await RunAsync(Make(() => new Answer("b")), 1);
        _store.OnWritten = _ => { };

        int asked = 0;
        PipelineReport<string> report = await RunAsync(Make(() => new Answer("b"), find: _ => Task.FromResult<Answer?>(new DeepAnswer("found", ++asked))), 1);

        report.Results.ShouldHaveSingleItem().Error.ShouldBeOfType<CheckpointException>().UnsavedValue.ShouldBe(new DeepAnswer("found", 1));
        (asked, _paid).ShouldBe((1, 0));
    }

    [Test]
    public async Task That_it_is_done_is_noted_if_the_store_can_and_the_answer_is_told_if_it_cannot()
    {
        Pipeline<int, string> pipeline = PipelineBuilder.StageWithContext<int, string>("Create", async (_, context) => (await context.OnceAsync<Answer>("batch", _ =>
        {
            _paid++;
            _store.Before = method => method == nameof(ICheckpointRun.WriteAsync) ? new IOException("the disk is full") : null;
            return Task.FromResult<Answer>(new DeepAnswer("b", 1));
        })).Id).IdentifyBy(x => x).WithTimeProvider(_time).WithCheckpoints(_store, new CheckpointOptions { GiveUpAfter = TimeSpan.FromSeconds(10) }).Build();

        PipelineReport<string> report = await RunAsync(pipeline, 1);

        report.Results.ShouldHaveSingleItem().Error.ShouldBeOfType<CheckpointException>().UnsavedValue.ShouldBe(new DeepAnswer("b", 1));
        _paid.ShouldBe(1);
    }

    private record Answer(string Id);

    private sealed record DeepAnswer(string Id, int Size) : Answer(Id);

    private sealed record Priced(string Id, double Price);

    private sealed record Tagged(string Id, Dictionary<string, object> Tags);

    /// <summary>As types of SDKs are: what its constructor takes is not among its members.</summary>
    private sealed class Handle(string id, object? client)
    {
        public string Id { get; } = id;

        internal object? Client { get; } = client;
    }

    /// <summary>Texts up to a length; and refuses the first ones whatever they are.</summary>
    private sealed class Picky(int most) : IPayloadSerializer
    {
        public int Refusals { get; set; }

        public ReadOnlyMemory<byte> Serialize<T>(T value)
        {
            if (value!.ToString()!.Length > most || Refusals-- > 0)
                throw new ArgumentException("The JSON value is too large and not supported.");
            return System.Text.Encoding.UTF8.GetBytes(value.ToString()!);
        }

        public T Deserialize<T>(ReadOnlyMemory<byte> bytes) => (T)(object)System.Text.Encoding.UTF8.GetString(bytes.Span);

        public string Describe<T>() => typeof(T).Name;
    }
}
