using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Dynamic;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints.Values;

/// <summary>What was read back is compared with what was written: with all that JSON does not see, every time, and not only for the first values.</summary>
public sealed partial class ComparingTests
{
    private static readonly JsonPayloads _payloads = JsonPayloads.OfReflection();

    [Test]
    public void The_types_of_what_is_in_an_object_are_compared()
    {
        RefusalOf(new Page("u", new Dictionary<string, object?> { ["status"] = 200 }, new Shape("x"))).ShouldStartWith("A Page does not come back as it was: Page.Fields[\"status\"]: Int32 became JsonElement.");
        RefusalOf(new Holder("text")).ShouldContain("Holder.Any: String became JsonElement");
        RefusalOf(new object[] { 1 }).ShouldContain("Object[][0]: Int32 became JsonElement");
        RefusalOf(Expando()).ShouldContain("[\"a\"]: Int32 became JsonElement");
        Back(new Holder(null)).ShouldBe(new Holder(null));
        Back(new Holder(JsonDocument.Parse("[1]").RootElement)).Any.ShouldBeOfType<JsonElement>();
    }

    [Test]
    public void Derived_values_are_compared_wherever_they_stand()
    {
        RefusalOf(new Page("u", [], new Deep("x", 3))).ShouldContain("Page.Shape: Deep became Shape");
        RefusalOf(new Message([new Part("a"), new ImagePart("b", "http://x/1")], new Part("c"))).ShouldContain("Message.Parts[1]: ImagePart became Part");
        RefusalOf(new Message([], new ImagePart("b", "http://x/1"))).ShouldContain("Message.First: ImagePart became Part");
        RefusalOf(new Dictionary<string, Part> { ["k"] = new ImagePart("b", "u") }).ShouldContain("[\"k\"]: ImagePart became Part");
        Back<Known>(new KnownImage("u")).ShouldBe(new KnownImage("u"));
        Back(new List<Known> { new KnownImage("u"), new KnownText("t") }).ShouldBe([new KnownImage("u"), new KnownText("t")]);
    }

    [Test]
    public void Pieces_of_memory_come_back()
    {
        Back<Memory<int>>(new[] { 1, 2 }).ToArray().ShouldBe([1, 2]);
        Back<ReadOnlyMemory<string>>(new[] { "a" }).ToArray().ShouldBe(["a"]);
        Back<ReadOnlyMemory<byte>>(new byte[] { 7 }).ToArray().ShouldBe([7]);
    }

    [Test]
    public void Comparers_are_compared()
    {
        RefusalOf(new HashSet<string>(["abc"], StringComparer.OrdinalIgnoreCase)).ShouldContain("the comparer of a HashSet<String> became the default one");
        RefusalOf(new HashSet<string>(StringComparer.OrdinalIgnoreCase)).ShouldContain("the comparer");
        RefusalOf(new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase)).ShouldContain("the comparer");
        RefusalOf(new Dictionary<string, Part>(StringComparer.OrdinalIgnoreCase) { ["Abc"] = new("x") }).ShouldContain("the comparer");
        RefusalOf(new ConcurrentDictionary<string, Part>(StringComparer.OrdinalIgnoreCase) { ["abc"] = new("x") }).ShouldContain("the comparer");
        RefusalOf(new SortedSet<string>(["a"], StringComparer.Ordinal)).ShouldContain("the comparer");
        Back(new HashSet<string>(["abc"], StringComparer.Ordinal)).ShouldBe(["abc"]);
        Back(new Dictionary<string, Part> { ["abc"] = new("x"), ["ABC"] = new("y") }).Count.ShouldBe(2);
        Back(new Dictionary<int, string> { [1] = "x" })[1].ShouldBe("x");
    }

    [Test]
    public void Orders_are_compared()
    {
        RefusalOf(new SortedDictionary<int, string>(Descending.Instance) { [1] = "a", [2] = "b" }).ShouldContain("the order of a SortedDictionary<Int32, String>");
        RefusalOf<ISet<int>>(new SortedSet<int> { 2, 1 }).ShouldContain("SortedSet<Int32> became HashSet<Int32>");
        Back(new SortedDictionary<int, string> { [2] = "b", [1] = "a" }).Keys.ShouldBe([1, 2]);
        Back(new SortedSet<int> { 2, 1 }).ShouldBe([1, 2]);
    }

    [Test]
    public void Collections_come_back_as_what_is_declared_of_them()
    {
        Back<IReadOnlyList<string>>(["a", "b"]).ShouldBe(["a", "b"]);
        Back(Enumerable.Range(0, 3).Select(x => x * 2)).ShouldBe([0, 2, 4]);
        Back<IReadOnlyDictionary<string, int>>(new Dictionary<string, int> { ["a"] = 1 }.AsReadOnly())["a"].ShouldBe(1);
        Back(ImmutableHashSet.CreateRange(Enumerable.Range(0, 100).Select(x => $"{x}"))).Count.ShouldBe(100);
        Back(new ConcurrentDictionary<string, int>(Enumerable.Range(0, 100).Select(x => KeyValuePair.Create($"{x}", x)))).Count.ShouldBe(100);
        Back<ISet<string>>(Enumerable.Range(0, 100).Select(x => $"{x}").ToFrozenSet()).Count.ShouldBe(100);
        Back(new Queue<int>([1, 2])).ShouldBe([1, 2]);
        Back(ImmutableArray.Create(1, 2)).ShouldBe([1, 2]);
        var emptied = new Dictionary<string, int> { ["a"] = 1, ["b"] = 2, ["c"] = 3 };
        emptied.Remove("a");
        emptied["d"] = 4;
        Back(emptied).ShouldBe(emptied, ignoreOrder: true);
    }

    [Test]
    public void A_collection_of_ones_own_behind_an_interface_is_compared() => RefusalOf<IList<int>>(new Pages { 1 }).ShouldContain("IList<Int32>: Pages became List<Int32>");

    [Test]
    public void Members_are_compared_getters_included()
    {
        RefusalOf(Derived.Of(5)).ShouldContain("Derived.Doubled: 10 became 0");
        Back(new Computed(2)).Whole.ShouldBe(4);
        Back(new Aging(1)).Number.ShouldBe(1);
    }

    [Test]
    public void What_was_computed_of_what_is_ignored_is_lost() => RefusalOf(new Hiding { Hidden = 3 }).ShouldContain("Hiding.Shown: 3 became 0");

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void What_JSON_has_no_number_for_is_refused(double number) => Should.Throw<ArgumentException>(() => _payloads.Serialize(number));

    [Test]
    public void Numbers_and_times_come_back_to_the_bit()
    {
        double.IsNegative(Back(new Box<double>(-0.0)).Value).ShouldBeTrue();
        Back(new Box<double>(double.Epsilon)).Value.ShouldBe(double.Epsilon);
        Back(new Box<decimal>(1.500m)).Value.ToString(System.Globalization.CultureInfo.InvariantCulture).ShouldBe("1.500");
        foreach (DateTimeKind kind in Enum.GetValues<DateTimeKind>())
            Back(new Box<DateTime>(new DateTime(638_000_000_000_000_001, kind))).Value.Kind.ShouldBe(kind);
        Back(new Box<DateTimeOffset>(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(-9.5)))).Value.Offset.ShouldBe(TimeSpan.FromHours(-9.5));
        Back(new Box<Uri>(new Uri("http://x/a#b"))).Value.Fragment.ShouldBe("#b");
        Back(new Box<byte[]>([1, 2])).Value.ShouldBe([1, 2]);
        Back(new Box<JsonNode>(JsonNode.Parse("""{"a":[1,null]}""")!)).Value.ToJsonString().ShouldBe("""{"a":[1,null]}""");
    }

    [Test]
    public void Half_a_surrogate_pair_is_refused_wherever_it_stands()
    {
        RefusalOf("a\uD800b").ShouldContain("Half a surrogate pair");
        RefusalOf(new Box<string>("\uDC00")).ShouldContain("Box<String>.Value: ");
        RefusalOf(new List<string> { "x", "\uD800" }).ShouldContain("List<String>[1]");
        RefusalOf(new Dictionary<string, int> { ["\uD800"] = 1 }).ShouldContain("is not there");
        RefusalOf('\uD800').ShouldContain("became");
        Back(new Box<string>("\uD83D\uDE00\uFFFD")).Value.ShouldBe("\uD83D\uDE00\uFFFD");
    }

    [Test]
    public void What_a_converter_of_ones_own_writes_is_not_judged()
    {
        Back(new Wrapped(new Odd(5), new Odd(6), 7)).ShouldBe(new Wrapped(new Odd(0), new Odd(1), 7));
        Back(new Odd(5)).ShouldBe(new Odd(0));
        Back(new List<Odd> { new(5) }).ShouldBe([new Odd(0)]);
    }

    [Test]
    public void Values_that_contain_themselves_are_compared_to_their_end()
    {
        var node = new Node { Name = "a" };
        node.Next = node;
        Node back = JsonPayloads.Of(NodeJson.Default).ReadBack(node, JsonPayloads.Of(NodeJson.Default).Write(node));
        back.Next.ShouldBeSameAs(back);
    }

    [Test]
    public void Values_of_a_generated_context_are_compared_as_well()
    {
        var payloads = JsonPayloads.Of(PageJson.Default);

        Should.Throw<NotSupportedException>(() => payloads.Serialize(new Message([new ImagePart("a", "b")], new Part("c")))).Message.ShouldContain("Message.Parts[0]: ImagePart became Part");
        payloads.Serialize(new Message([new Part("a")], new Part("c"))).Length.ShouldBeGreaterThan(0);
    }

    private static string RefusalOf<T>(T value) => Should.Throw<NotSupportedException>(() => _payloads.Serialize(value)).Message;

    private static T Back<T>(T value) => _payloads.ReadBack(value, _payloads.Write(value));

    private static ExpandoObject Expando()
    {
        var expando = new ExpandoObject();
        ((IDictionary<string, object?>)expando)["a"] = 1;
        return expando;
    }

    internal record Shape(string Name);

    internal sealed record Deep(string Name, int Size) : Shape(Name);

    internal sealed record Page(string Url, Dictionary<string, object?> Fields, Shape Shape);

    internal sealed record Holder(object? Any);

    internal record Part(string Text);

    internal sealed record ImagePart(string Text, string Url) : Part(Text);

    internal sealed record Message(List<Part> Parts, Part First);

    [JsonDerivedType(typeof(KnownImage), "image")]
    [JsonDerivedType(typeof(KnownText), "text")]
    internal abstract record Known;

    internal sealed record KnownImage(string Url) : Known;

    internal sealed record KnownText(string Text) : Known;

    internal sealed record Box<T>(T Value);

    internal sealed class Pages : List<int>
    {
        public string Title { get; set; } = string.Empty;
    }

    internal sealed record Computed(int Half)
    {
        public int Whole => 2 * Half;
    }

    internal sealed record Aging(int Number)
    {
        private static int _asked;

        public int Age => Interlocked.Increment(ref _asked);
    }

    /// <summary>Computed from what is not visible.</summary>
    internal sealed class Derived
    {
        private int _half;

        public int Doubled => 2 * _half;

        public static Derived Of(int half) => new() { _half = half };
    }

    internal sealed class Hiding
    {
        [JsonIgnore]
        public int Hidden { get; set; }

        public int Shown => Hidden;
    }

    internal sealed record Wrapped(Odd ByType, [property: JsonConverter(typeof(Other))] Odd ByMember, int Number);

    [JsonConverter(typeof(OddConverter))]
    internal sealed record Odd(int Value);

    internal sealed class OddConverter : JsonConverter<Odd>
    {
        public override Odd Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(0);

        public override void Write(Utf8JsonWriter writer, Odd value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
    }

    internal sealed class Other : JsonConverter<Odd>
    {
        public override Odd Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(1);

        public override void Write(Utf8JsonWriter writer, Odd value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
    }

    internal sealed class Node
    {
        public string Name { get; set; } = string.Empty;

        public Node? Next { get; set; }
    }

    [JsonSourceGenerationOptions(ReferenceHandler = JsonKnownReferenceHandler.Preserve)]
    [JsonSerializable(typeof(Node))]
    private sealed partial class NodeJson : JsonSerializerContext;

    [JsonSerializable(typeof(Message))]
    private sealed partial class PageJson : JsonSerializerContext;

    private sealed class Descending : IComparer<int>
    {
        public static Descending Instance { get; } = new();

        public int Compare(int x, int y) => y.CompareTo(x);
    }
}
