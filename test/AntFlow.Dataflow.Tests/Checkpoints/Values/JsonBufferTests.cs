using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints.Values;

/// <summary>Bytes are those that the serializer writes by itself, whatever came before them in the same buffer.</summary>
public sealed class JsonBufferTests
{
    private static readonly JsonSerializerOptions[] _options =
    [
        new() { TypeInfoResolver = new DefaultJsonTypeInfoResolver() },
        new() { TypeInfoResolver = new DefaultJsonTypeInfoResolver(), WriteIndented = true, IndentCharacter = '\t', IndentSize = 1, NewLine = "\r\n" },
        new() { TypeInfoResolver = new DefaultJsonTypeInfoResolver(), Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 8 },
    ];

    [Test]
    public void Random_values_under_options_that_change_are_written_as_by_the_serializer()
    {
        var random = new Random(7);
        for (int round = 0; round < 100; round++)
        {
            JsonSerializerOptions options = _options[random.Next(_options.Length)];
            int length = random.Next(4) switch { 0 => random.Next(3), 1 => random.Next(2_000), 2 => random.Next(20_000), _ => random.Next(500_000) };
            var note = new Note(new string(random.Next(2) == 0 ? 'x' : 'ü', length), [.. Enumerable.Range(0, random.Next(500)).Select(number => $"<{number}>")]);
            Write(note, options).ShouldBe(JsonSerializer.SerializeToUtf8Bytes(note, options));
        }
    }

    [Test]
    public async Task Threads_that_write_at_the_same_time_do_not_disturb_each_other()
    {
        Task[] writing = [.. Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            for (int round = 0; round < 50; round++)
            {
                var note = new Note(new string((char)('a' + thread), 100_000 + (thread * 30_000)), []);
                Write(note, _options[0]).ShouldBe(JsonSerializer.SerializeToUtf8Bytes(note, _options[0]));
            }
        }))];
        await Task.WhenAll(writing).InTime();
    }

    [Test]
    public void A_value_that_throws_in_the_middle_leaves_nothing_behind()
    {
        Should.Throw<InvalidOperationException>(() => Write(new Throwing(), _options[0])).Message.ShouldBe("no");

        Write("next", _options[0]).ShouldBe("\"next\""u8.ToArray());
    }

    [Test]
    public void A_converter_that_writes_another_value_meanwhile_gets_a_buffer_of_its_own() =>
        Write(new Outer(), _options[0]).ShouldBe("\"\\u0022inner\\u0022\""u8.ToArray());

    [Test]
    public void A_value_that_contains_itself_is_refused_as_by_the_serializer()
    {
        var node = new Node();
        node.Next = node;
        Should.Throw<JsonException>(() => Write(node, _options[2]));
        Write(1, _options[2]).ShouldBe("1"u8.ToArray());
    }

    private static byte[] Write<T>(T value, JsonSerializerOptions options) => JsonBuffer.Write(value, (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)));

    private sealed record Note(string Text, string[] Parts);

    private sealed class Throwing
    {
        public string First => new('x', 100_000);

        public string Second => throw new InvalidOperationException("no");
    }

    private sealed class Node
    {
        public Node? Next { get; set; }
    }

    [JsonConverter(typeof(OuterConverter))]
    private sealed class Outer;

    private sealed class OuterConverter : JsonConverter<Outer>
    {
        public override Outer Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Outer value, JsonSerializerOptions options) =>
            writer.WriteStringValue(JsonBuffer.Write("inner", (JsonTypeInfo<string>)options.GetTypeInfo(typeof(string))));
    }
}
