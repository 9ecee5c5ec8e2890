using System.Text.Json.Serialization;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>A value comes back from the store as it was, or is refused while it is still there. Never as something else.</summary>
public sealed partial class WhatComesBack
{
    private readonly InMemoryCheckpointStore _store = new();

    [Test]
    public async Task Tuples_fields_nulls_and_collections_come_back_as_they_were()
    {
        (await ComeBackAsync(("x", 5))).ShouldBe(("x", 5));
        (await ComeBackAsync(new WithField { Size = 5 })).Size.ShouldBe(5);
        (await ComeBackAsync<string?>(null)).ShouldBeNull();
        (await ComeBackAsync<int?>(5)).ShouldBe(5);
        (await ComeBackAsync<IReadOnlyList<string>>(["b", "a"])).ShouldBe(["b", "a"]);
        (await ComeBackAsync<IReadOnlyDictionary<string, int>>(new Dictionary<string, int> { ["b"] = 1, ["a"] = 2 }))["a"].ShouldBe(2);
        (await ComeBackAsync(new Computed(2))).ShouldBe(new Computed(2));
        (await ComeBackAsync<Shape>(new Circle(3))).ShouldBe(new Circle(3));
    }

    [Test]
    public async Task What_would_come_back_as_something_else_is_refused_while_it_is_still_there()
    {
        (await RefusedAsync(new Stack<int>([1, 2]))).ShouldContain("A Stack<Int32> does not come back as it was: Stack<Int32>[0]: 2 became 1.");
        (await RefusedAsync<Animal>(new Dog("Rex"))).ShouldContain("A Animal does not come back as it was: Animal: Dog became Animal.");
        (await RefusedAsync<object>(5)).ShouldContain("Object: Int32 became JsonElement.");
    }

    [Test]
    public void A_generated_context_that_includes_fields_reads_tuples_too()
    {
        var payloads = JsonPayloads.Of(TupleJson.Default);

        payloads.Deserialize<(string, int)>(payloads.Serialize(("x", 5))).ShouldBe(("x", 5));
    }

    /// <summary>Runs until the second stage fails, and then resumes with what was stored.</summary>
    private async Task<T> ComeBackAsync<T>(T value)
    {
        PipelineReport<string> first = await RunAsync(value, _ => throw new InvalidOperationException("not yet"));
        first.Results.ShouldHaveSingleItem().Error!.Message.ShouldBe("not yet");
        T back = default!;
        (await RunAsync(value, found => back = found, mayFetch: false)).SucceededCount.ShouldBe(1);
        return back;
    }

    private async Task<string> RefusedAsync<T>(T value)
    {
        PipelineResult<string> result = (await RunAsync(value, _ => { })).Results.ShouldHaveSingleItem();
        result.Stage.ShouldBe("Fetch");
        CheckpointException error = result.Error.ShouldBeOfType<CheckpointException>();
        error.UnsavedValue.ShouldBe(value);
        return error.Message;
    }

    private Task<PipelineReport<string>> RunAsync<T>(T value, Action<T> use, bool mayFetch = true) => PipelineBuilder
        .Stage<string, T>("Fetch", _ => mayFetch ? value : throw new InvalidOperationException("a finished stage was run again"), 1, s => s.Retry = RetryPolicy.None)
        .Then("Use", found =>
        {
            use(found);
            return "used";
        }, 1, s => s.Retry = RetryPolicy.None)
        .IdentifyBy(id => id)
        .WithCheckpoints(_store, new CheckpointOptions { ResumeFailed = true })
        .Build()
        .RunAsync(["x"], new RunOptions { RunId = typeof(T).ToString() }).InTime();

    internal sealed class WithField
    {
#pragma warning disable CA1051 // that is what it is about
        public int Size;
#pragma warning restore CA1051
    }

    internal sealed record Computed(int Half)
    {
        public int Whole => 2 * Half;
    }

    internal record Animal(string Name);

    internal sealed record Dog(string Name) : Animal(Name);

    [JsonDerivedType(typeof(Circle), "circle")]
    internal abstract record Shape;

    internal sealed record Circle(int Radius) : Shape;

    [JsonSourceGenerationOptions(IncludeFields = true)]
    [JsonSerializable(typeof((string, int)))]
    private sealed partial class TupleJson : JsonSerializerContext;
}
