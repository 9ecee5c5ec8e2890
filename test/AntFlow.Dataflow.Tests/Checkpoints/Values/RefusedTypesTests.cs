using System.Collections.Frozen;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using AntFlow.Dataflow.TestKit;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints.Values;

/// <summary>A type whose values are certain to lose something is refused before anything runs: with its name, the member, and what to do.</summary>
public sealed partial class RefusedTypesTests
{
    private static readonly JsonPayloads _payloads = JsonPayloads.OfReflection();

    [Test]
    public void Without_a_way_to_read_it_back()
    {
        FaultOf<WithoutConstructor>().ShouldStartWith("WithoutConstructor can be written but not read back: Each parameter in the deserialization constructor on type");
        FaultOf<TwoConstructors>().ShouldContain("[JsonConstructor]");
        FaultOf<Box<TwoConstructors>>().ShouldStartWith("Box<TwoConstructors>.Value is a TwoConstructors, which can be written but not read back: ");
        FaultOf<List<TwoConstructors>>().ShouldStartWith("List<TwoConstructors>[] is a TwoConstructors, which can be written but not read back: ");
        FaultOf<FrozenSet<int>>().ShouldContain("can be written but not read back");
        FaultOf<int[,]>().ShouldContain("can be written but not read back");
        FaultOf<Dictionary<(int, int), string>>().ShouldContain("has keys of type ValueTuple<Int32, Int32>, which JSON cannot have");
        FaultOf<BigInteger>().ShouldContain("has no members that can be read back");
        FaultOf<PriorityQueue<string, int>>().ShouldStartWith("PriorityQueue<String, Int32> has no members");
    }

    [Test]
    public void What_does_not_outlive_the_process()
    {
        FaultOf<Box<Action>>().ShouldStartWith("Box<Action>.Value is a Action, which cannot be stored");
        FaultOf<Box<Stream>>().ShouldContain("Box<Stream>.Value is a Stream, which cannot be stored");
        FaultOf<Stream>().ShouldContain("cannot be stored");
        FaultOf<Box<MemoryStream>>().ShouldContain("cannot be stored");
        FaultOf<Box<IntPtr>>().ShouldContain("cannot be stored");
        FaultOf<Box<Type>>().ShouldContain("cannot be stored");
        FaultOf<Box<CancellationToken>>().ShouldContain("cannot be stored");
        FaultOf<Box<StringBuilder>>().ShouldContain("cannot be stored");
        FaultOf<Box<InvalidOperationException>>().ShouldContain("cannot be stored");
        FaultOf<Box<IAsyncEnumerable<int>>>().ShouldContain("cannot be stored");
        FaultOf<Dictionary<string, Func<int>>>().ShouldStartWith("Dictionary<String, Func<Int32>>[] is a Func<Int32>, which cannot be stored");
    }

    [Test]
    public void Abstract_without_derived_types()
    {
        FaultOf<Box<INamed>>().ShouldStartWith("Box<INamed>.Value is a INamed, which is an interface and does not list its derived types. List them with [JsonDerivedType]");
        FaultOf<INamed>().ShouldStartWith("INamed is an interface");
        FaultOf<Box<Animal>>().ShouldContain("is abstract and does not list its derived types");
        Judge<Box<Known>>().Faults.ShouldBeEmpty();
        FaultOf<Box<Bad>>().ShouldStartWith("Box<Bad>.Value (Worse).Do is a Action, which");
    }

    [Test]
    public void A_getter_that_is_not_computed()
    {
        FaultOf<WithPrivateSetter>().ShouldStartWith("WithPrivateSetter.Size has a getter and neither a setter that JSON may use nor a constructor parameter, and would come back as its default.");
        FaultOf<WithHandMadeSetter>().ShouldContain("WithHandMadeSetter.Size has a getter");
        FaultOf<WithInternalSetter>().ShouldContain("WithInternalSetter.Size");
        FaultOf<WithList>().ShouldContain("WithList.Names has a getter");
        FaultOf<WithReadonlyField>().ShouldContain("WithReadonlyField.Size");
        Judge<Computed>().Faults.ShouldBeEmpty();
        Judge<ByConstructor>().Faults.ShouldBeEmpty();
        Judge<Included>().Faults.ShouldBeEmpty();
        Judge<Populated>().Faults.ShouldBeEmpty();
        Judge<Ignored>().Faults.ShouldBeEmpty();
    }

    [Test]
    public void Anonymous_types()
    {
        FaultOf(new { A = 1 }).ShouldContain("is of an anonymous type, whose name the compiler may change whenever the code changes. Use a record or a tuple.");
        FaultOf(new[] { new { A = 1 } }).ShouldContain("is of an anonymous type");
    }

    [Test]
    public void What_all_is_well_with()
    {
        foreach (Type type in (Type[])[
            typeof(int), typeof(string), typeof(int?), typeof((int, string)), typeof(Tree), typeof(List<Dictionary<string, int?>>), typeof(byte[]), typeof(object), typeof(KeyValuePair<string, int>),
            typeof(JsonElement), typeof(Uri), typeof(Version), typeof(DayOfWeek), typeof(Dictionary<DayOfWeek, Tree>), typeof(Dictionary<Guid, int>), typeof(Tuple<int, string>), typeof(Box<Tree?>)])
            _payloads.Judge(type).Faults.ShouldBeEmpty(type.ToString());
    }

    [Test]
    public void What_a_converter_of_ones_own_writes_is_not_judged()
    {
        Judge<Converted>().Faults.ShouldBeEmpty();
        Judge<ConvertedMember>().Faults.ShouldBeEmpty();
    }

    [Test]
    public void A_tuple_under_a_context_without_fields_is_refused_with_the_remedy()
    {
        JsonPayloads.Of(FieldlessJson.Default).Judge(typeof((int, string))).Faults.ShouldHaveSingleItem().ShouldContain("[JsonSourceGenerationOptions(IncludeFields = true)]");
        JsonPayloads.Of(FieldlessJson.Default).Judge(typeof(WithPrivateSetter)).Faults.ShouldHaveSingleItem().ShouldContain("WithPrivateSetter.Size has a getter");
        JsonPayloads.Of(FieldlessJson.Default).Judge(typeof(WithoutConstructor)).Faults.ShouldHaveSingleItem().ShouldContain("can be written but not read back");
        JsonPayloads.Of(FieldlessJson.Default).Judge(typeof(Tree)).Faults.ShouldHaveSingleItem().ShouldBe("the JsonSerializerContext does not contain Tree. Add [JsonSerializable(typeof(Tree))] to it.");
    }

    [Test]
    public void Doubts_are_told_once_a_type()
    {
        TypeVerdict verdict = Judge<Doubtful>();

        verdict.Faults.ShouldBeEmpty();
        verdict.Doubts.ShouldBe(
        [
            new TypeDoubt("Doubtful", "Any (an object comes back as a JsonElement), Fields (an object comes back as a JsonElement; only the default comparer comes back), Seen (only the default comparer comes back), Own (of a collection of your own only the elements come back)"),
            new TypeDoubt("Inner", "Map (only the default comparer comes back)"),
        ]);
        Judge<Dictionary<string, int>>().Doubts.ShouldBe([new TypeDoubt("Dictionary<String, Int32>", "only the default comparer comes back")]);
        Judge<object>().Doubts.ShouldBe([new TypeDoubt("Object", "an object comes back as a JsonElement")]);
        Judge<Tree>().Doubts.ShouldBeEmpty();
    }

    [Test]
    public async Task All_faults_of_all_stages_are_told_at_once_before_anything_runs()
    {
        var store = new InMemoryCheckpointStore();
        int ran = 0;
        Pipeline<string, INamed> pipeline = PipelineBuilder
            .Stage<string, WithPrivateSetter>("Fetch", _ => throw new InvalidOperationException($"{++ran}"))
            .Then("Name", _ => (INamed)null!)
            .IdentifyBy(x => x).WithCheckpoints(store).Build();

        PipelineConfigurationException error = await pipeline.RunAsync(["x"], Lives.Nightly).CatchAsync<PipelineConfigurationException>();

        error.Faults.Count.ShouldBe(2);
        error.Faults[0].ShouldStartWith("Stage 'Fetch': its result, a WithPrivateSetter, cannot be stored by checkpoints: WithPrivateSetter.Size has a getter");
        error.Faults[1].ShouldStartWith("Stage 'Name': its result, a INamed, cannot be stored by checkpoints: INamed is an interface");
        ran.ShouldBe(0);
        (await store.ReadRunsAsync().ToListAsync()).ShouldBeEmpty();
        await using PipelineRun<string, INamed> run = pipeline.Start(Lives.Nightly);
        await run.FeedAsync(["x"]).CatchAsync<PipelineConfigurationException>();
        run.Complete();
        (await run.Completion.InTime()).Fault.ShouldBeOfType<PipelineConfigurationException>();
        await pipeline.StreamAsync(["x"], Lives.Nightly).ToListAsync().CatchAsync<PipelineConfigurationException>();
    }

    [Test]
    public async Task The_input_is_judged_only_where_it_is_stored()
    {
        Pipeline<Action, int> Make(bool persists) => PipelineBuilder.Stage<Action, int>("A", _ => 1).IdentifyBy(_ => "x").WithCheckpoints(new InMemoryCheckpointStore(), new CheckpointOptions { PersistInput = persists }).Build();

        (await Make(persists: false).LiveAsync(() => { })).SucceededCount.ShouldBe(1);
        PipelineConfigurationException error = await Make(persists: true).RunAsync([() => { }], Lives.Nightly).CatchAsync<PipelineConfigurationException>();
        error.Message.ShouldBe("Stage 'A': its input, a Action, cannot be stored by checkpoints (PersistInput): Action cannot be stored: it refers to something that does not outlive the process. Leave it out with [JsonIgnore], or give it a JsonConverter of your own.");
    }

    [Test]
    public async Task A_type_that_a_serializer_of_ones_own_cannot_describe_is_named_with_its_stage()
    {
        var serializer = new Undescribing();

        PipelineConfigurationException error = await PipelineBuilder.Stage<string, int>("A", x => 1).IdentifyBy(x => x).WithCheckpoints(new InMemoryCheckpointStore(), serializer).Build()
            .RunAsync(["x"], Lives.Nightly).CatchAsync<PipelineConfigurationException>();

        error.Faults.ShouldBe(["Stage 'A': its result, a Int32, cannot be stored by checkpoints: it cannot be described: What is a Int32?"]);
    }

    [Test]
    public async Task An_anonymous_type_is_refused_whoever_writes_it()
    {
        PipelineConfigurationException error = await PipelineBuilder.Stage("A", (string x) => new { x }).IdentifyBy(x => x).WithCheckpoints(new InMemoryCheckpointStore(), new Undescribing()).Build()
            .RunAsync(["x"], Lives.Nightly).CatchAsync<PipelineConfigurationException>();

        error.Faults.ShouldHaveSingleItem().ShouldContain("it is of an anonymous type");
    }

    [Test]
    public async Task Doubts_are_in_the_log_at_the_start_of_a_run()
    {
        var log = new FakeLogCollector();
        await PipelineBuilder.Stage<string, Doubtful>("A", x => new Doubtful(null, [], [], [], [])).Then("B", x => x).IdentifyBy(x => x)
            .WithLogging(new LoggerFactory([new FakeLoggerProvider(log)])).WithCheckpoints(new InMemoryCheckpointStore()).Build().LiveAsync("x");

        FakeLogRecord[] warnings = [.. log.GetSnapshot().Where(record => record.Level == LogLevel.Warning)];

        warnings.Length.ShouldBe(2);
        warnings[0].Message.ShouldStartWith("Run nightly: not every Doubtful is read back from the store as it was written, and an item whose value is not fails: Any (an object comes back as a JsonElement), ");
        warnings[1].Message.ShouldStartWith("Run nightly: not every Inner is read back");
    }

    private static TypeVerdict Judge<T>() => _payloads.Judge(typeof(T));

    private static string FaultOf<T>() => Judge<T>().Faults.ShouldHaveSingleItem();

    private static string FaultOf<T>(T value) => value is null ? string.Empty : FaultOf<T>();

    private sealed class Undescribing : IPayloadSerializer
    {
        public ReadOnlyMemory<byte> Serialize<T>(T value) => default;

        public T Deserialize<T>(ReadOnlyMemory<byte> bytes) => default!;

        public string Describe<T>() => throw new NotSupportedException($"What is a {typeof(T).Name}?");
    }

    internal sealed record Box<T>(T Value);

    internal sealed record Tree(string Name, Tree? Left, List<Tree> All);

    internal sealed class WithoutConstructor(int left, int right)
    {
        public int Sum => left + right;
    }

    internal sealed class TwoConstructors
    {
        public TwoConstructors(int number) => Number = number;

        public TwoConstructors(string text) => Number = text.Length;

        public int Number { get; }
    }

    internal interface INamed
    {
        string Name { get; }
    }

    internal abstract record Animal(string Name);

    [JsonDerivedType(typeof(Fine), "fine")]
    internal abstract record Known;

    internal sealed record Fine(int Number) : Known;

    [JsonDerivedType(typeof(Worse), "worse")]
    internal abstract record Bad;

    internal sealed record Worse(Action Do) : Bad;

    internal sealed class WithPrivateSetter
    {
        public int Size { get; private set; }

        public void Grow() => Size++;
    }

    internal sealed class WithHandMadeSetter
    {
        private int _size;

        public int Size
        {
            get => _size;
            private set => _size = value;
        }

        public void Grow() => Size++;
    }

    internal sealed class WithInternalSetter
    {
        public int Size { get; internal set; }
    }

    internal sealed class WithList
    {
        public List<string> Names { get; } = [];
    }

    internal sealed class WithReadonlyField
    {
#pragma warning disable CA1051 // that is what it is about
        public readonly int Size = 5;
#pragma warning restore CA1051
    }

    internal sealed record Computed(int Half)
    {
        public int Whole => 2 * Half;
    }

    internal sealed class ByConstructor(string id)
    {
        public string Id { get; } = id;
    }

    internal sealed class Included
    {
        [JsonInclude]
        public int Size { get; private set; }
    }

    internal sealed class Populated
    {
        [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
        public List<string> Names { get; } = [];
    }

    internal sealed class Ignored
    {
        [JsonIgnore]
        public Action? Do { get; set; }
    }

    [JsonConverter(typeof(AnyConverter<Converted>))]
    internal sealed class Converted
    {
        public Action? Do { get; private set; }
    }

    internal sealed record ConvertedMember([property: JsonConverter(typeof(AnyConverter<Action>))] Action Do);

    internal sealed class AnyConverter<T> : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => default!;

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteNumberValue(1);
    }

    internal sealed record Doubtful(object? Any, Dictionary<string, object> Fields, HashSet<string> Seen, List<Inner> Inner, Pages Own);

    internal sealed record Inner(Dictionary<string, int> Map);

    internal sealed class Pages : List<int>;

    [JsonSerializable(typeof((int, string)))]
    [JsonSerializable(typeof(WithPrivateSetter))]
    [JsonSerializable(typeof(WithoutConstructor))]
    private sealed partial class FieldlessJson : JsonSerializerContext;
}
