using System.Globalization;
using System.Text.Json.Serialization;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints.Values;

/// <summary>A shape says what matters of a type, in words of its own that do not change with a version of .NET.</summary>
public sealed partial class ShapeTests
{
    private static readonly JsonPayloads _payloads = JsonPayloads.OfReflection();

    [Test]
    public void Leaves_are_the_types_of_NET()
    {
        TextOf<int>().ShouldBe("Int32");
        TextOf<long>().ShouldBe("Int64");
        TextOf<decimal>().ShouldBe("Decimal");
        TextOf<DateTime>().ShouldBe("DateTime");
        TextOf<DateTimeOffset?>().ShouldBe("DateTimeOffset?");
        TextOf<byte[]>().ShouldBe("\"Byte[]\"");
        TextOf<object>().ShouldBe("Object");
        TextOf<(int, string)>().ShouldBe("""object{"Item1": Int32, "Item2": String? optional}""");
    }

    [Test]
    public void Enums_have_names_and_numbers()
    {
        TextOf<State>().ShouldBe("""enum<Int32>{"Pending"=0, "Done"=1}""");
        TextOf<Small>().ShouldBe("""enum<SByte>{"A"=1, "B"=-1}""");
        TextOf<Told>().ShouldBe("""textenum<Int32>{"Yes"=0, "No"=7}""");
    }

    [Test]
    public void Members_say_what_may_be_missing() =>
        TextOf<Reply>().ShouldBe("""object{"Text": String, "Refusal": String? optional omittable, "Count": Int32 optional, "Inner": List? optional, "Length": Int32 computed}""".Replace("List?", "list<map<String, DateTime>>?", StringComparison.Ordinal));

    [Test]
    public void A_type_that_contains_itself_refers_to_itself() =>
        TextOf<Tree>().ShouldBe("""object#1{"Name": String, "Left": #1? optional, "All": list<#1>}""");

    [Test]
    public void Derived_types_are_told_by_their_discriminators() =>
        TextOf<Shape>().ShouldBe("""object#1{"Name": String} or "$type"{"circle": object{"Radius": Double, "Name": String}, 7: object{"Name": String}, "self": #1}""");

    [Test]
    public void What_a_converter_of_ones_own_writes_is_known_by_names_only() =>
        TextOf<Wrapped>().ShouldBe("""object{"By": converted "Odd" by "OddConverter"}""");

    [Test]
    public void The_text_is_the_same_in_every_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("sv-SE");
            TextOf<Small>().ShouldBe("""enum<SByte>{"A"=1, "B"=-1}""");
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Test]
    public void A_text_is_read_as_the_shape_it_was()
    {
        foreach (string text in (string[])[TextOf<int?>(), TextOf<State>(), TextOf<Small>(), TextOf<Told>(), TextOf<Reply>(), TextOf<Tree>(), TextOf<Shape>(), TextOf<Wrapped>(), TextOf<byte[]>(), TextOf<Dictionary<string, HashSet<int?>>>()])
        {
            TypeShape.TryParse(text, out TypeShape shape).ShouldBeTrue(text);
            shape.ToText().ShouldBe(text);
            for (int at = 0; at < text.Length; at++)
                Should.NotThrow(() => TypeShape.TryParse(text[..at], out _));
        }
    }

    [TestCase("")]
    [TestCase("{}")]
    [TestCase("""{"type":"integer"}""")]
    [TestCase("object{")]
    [TestCase("object{\"A\": Int32")]
    [TestCase("#1")]
    [TestCase("list<Int32")]
    [TestCase("Int32 ")]
    [TestCase("\"Int32")]
    public void What_is_no_text_of_a_shape_is_not_read_as_one(string text) => TypeShape.TryParse(text, out _).ShouldBeFalse();

    [Test]
    public void A_text_without_end_is_refused() => TypeShape.TryParse(string.Concat(Enumerable.Repeat("list<", 100_000)), out _).ShouldBeFalse();

    [Test]
    public void A_name_survives_nesting_in_generics()
    {
        TypeNames.Of(typeof(Job<int>.Result)).ShouldBe("Job<Int32>.Result");
        TypeNames.Of(typeof(List<Job<string>.Deep<long>.Deepest>)).ShouldBe("List<Job<String>.Deep<Int64>.Deepest>");
        TypeNames.Of(typeof(Dictionary<string, int?[]>)).ShouldBe("Dictionary<String, Int32?[]>");
        TypeNames.Of(typeof(PriorityQueue<string, int>)).ShouldBe("PriorityQueue<String, Int32>");
        TypeNames.Of(typeof(State)).ShouldBe("State");
        TypeNames.Of(typeof(int[,])).ShouldBe("Int32[,]");
    }

    [Test]
    public void Names_the_compiler_gives_are_known()
    {
        var anonymous = new { A = 1 };
        TypeNames.IsUnspeakable(anonymous.GetType()).ShouldBeTrue();
        TypeNames.IsUnspeakable(new[] { anonymous }.GetType()).ShouldBeTrue();
        TypeNames.IsUnspeakable(new List<(int, string)> { (1, "x") }.Select(pair => KeyValuePair.Create(1, anonymous)).ToList().GetType()).ShouldBeTrue();
        TypeNames.IsUnspeakable(typeof(State)).ShouldBeFalse();
        TypeNames.IsUnspeakable(typeof(Job<int>.Result)).ShouldBeFalse();
    }

    private static string TextOf<T>() => _payloads.ShapeOf<T>().ToText();

    internal enum State
    {
        Pending,
        Done,
    }

    internal enum Small : sbyte
    {
        A = 1,
        B = -1,
    }

    [JsonConverter(typeof(JsonStringEnumConverter<Told>))]
    internal enum Told
    {
        Yes,
        No = 7,
    }

    internal sealed record Reply(string Text, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Refusal, int Count = 3, List<Dictionary<string, DateTime>>? Inner = null)
    {
        public int Length => Text.Length;
    }

    internal sealed record Tree(string Name, Tree? Left, List<Tree> All);

    [JsonDerivedType(typeof(Circle), "circle")]
    [JsonDerivedType(typeof(Dot), 7)]
    [JsonDerivedType(typeof(Shape), "self")]
    internal record Shape(string Name);

    internal sealed record Circle(double Radius, string Name) : Shape(Name);

    internal sealed record Dot(string Name) : Shape(Name);

    internal sealed record Wrapped(Odd By);

    [JsonConverter(typeof(OddConverter))]
    internal sealed record Odd(int Value);

    internal sealed class OddConverter : JsonConverter<Odd>
    {
        public override Odd Read(ref System.Text.Json.Utf8JsonReader reader, Type typeToConvert, System.Text.Json.JsonSerializerOptions options) => new(reader.GetInt32());

        public override void Write(System.Text.Json.Utf8JsonWriter writer, Odd value, System.Text.Json.JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
    }

    internal sealed class Job<T>
    {
        internal sealed record Result(T X);

        internal sealed class Deep<TDeep>
        {
            internal sealed record Deepest(T X, TDeep Y);
        }
    }
}
