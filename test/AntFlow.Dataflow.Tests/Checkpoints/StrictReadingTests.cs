using System.Text.Json;
using System.Text.Json.Serialization;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Bytes of another shape are an error, whatever has written them under the name of this one.</summary>
public sealed partial class StrictReadingTests
{
    [TestCase("""{"Name":"x"}""")]
    [TestCase("""{"Name":"x","Price":1,"Currency":"EUR"}""")]
    [TestCase("""{"name":"x","price":1}""")]
    [TestCase("""{"Name":null,"Price":1}""")]
    [TestCase("""{"Name":"x","Price":null}""")]
    [TestCase("""{"Name":"x","Price":"1"}""")]
    [TestCase("{}")]
    [TestCase("[]")]
    [TestCase("")]
    [TestCase("""{"Name":"x","Price":1""")]
    public void Nothing_reads_as_default_values(string json) =>
        Should.Throw<JsonException>(() => JsonPayloads.OfReflection().Deserialize<Receipt>(System.Text.Encoding.UTF8.GetBytes(json)));

    [Test]
    public void What_is_whole_is_read()
    {
        foreach (JsonPayloads payloads in (JsonPayloads[])[JsonPayloads.OfReflection(), JsonPayloads.Of(Lenient.Default)])
            payloads.Deserialize<Receipt>("""{"Price":1,"Name":"x"}"""u8.ToArray()).ShouldBe(new Receipt("x", 1));
    }

    [Test]
    public void What_may_be_null_may_be_missing()
    {
        JsonPayloads.OfReflection().Deserialize<Noted>("""{"Name":"x"}"""u8.ToArray()).ShouldBe(new Noted("x", null, 0));
        Should.Throw<JsonException>(() => JsonPayloads.OfReflection().Deserialize<Noted>("""{"Note":"x"}"""u8.ToArray()));
        Should.Throw<JsonException>(() => JsonPayloads.OfReflection().Deserialize<Pledged>("{}"u8.ToArray()));
    }

    [Test]
    public void A_context_of_ones_own_reads_as_it_says()
    {
        var payloads = JsonPayloads.Of(Lenient.Default);

        payloads.Deserialize<Receipt>("""{"Name":null,"Currency":"EUR"}"""u8.ToArray()).ShouldBe(new Receipt(null!, 0));
    }

    internal sealed record Receipt(string Name, int Price);

    internal sealed record Noted(string Name, string? Note, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Count);

    internal sealed record Pledged([property: JsonRequired] string? Note);

    [JsonSerializable(typeof(Receipt))]
    private sealed partial class Lenient : JsonSerializerContext;
}
