using System.Text.Json;
using System.Text.Json.Serialization;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Bytes of another shape are an error, whoever has written them under the name of this one.</summary>
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
    public void Nothing_reads_as_default_values(string json)
    {
        foreach (JsonPayloads payloads in (JsonPayloads[])[JsonPayloads.OfReflection(), JsonPayloads.Of(Lenient.Default)])
            Should.Throw<JsonException>(() => payloads.Deserialize<Receipt>(System.Text.Encoding.UTF8.GetBytes(json)));
    }

    [Test]
    public void What_is_whole_is_read()
    {
        foreach (JsonPayloads payloads in (JsonPayloads[])[JsonPayloads.OfReflection(), JsonPayloads.Of(Lenient.Default)])
            payloads.Deserialize<Receipt>("""{"Price":1,"Name":"x"}"""u8.ToArray()).ShouldBe(new Receipt("x", 1));
    }

    internal sealed record Receipt(string Name, int Price);

    [JsonSerializable(typeof(Receipt))]
    private sealed partial class Lenient : JsonSerializerContext;
}
