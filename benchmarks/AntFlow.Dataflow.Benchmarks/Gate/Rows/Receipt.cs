using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Benchmarks.Gate.Rows;

/// <summary>What the items of the checkpoint rows carry: about a hundred bytes of JSON.</summary>
internal sealed record Receipt(long Number, string Customer, string Text, double Amount)
{
    public static Receipt Of(long number) => new(number, $"customer-{number % 1000}", "what was bought, and when, and by whom", number * 0.01);
}

[JsonSerializable(typeof(Receipt))]
[JsonSerializable(typeof(long))]
internal sealed partial class ReceiptJson : JsonSerializerContext;

[JsonSourceGenerationOptions(IncludeFields = true)]
[JsonSerializable(typeof((long Number, string Customer, string Text, double Amount)))]
[JsonSerializable(typeof(long))]
internal sealed partial class TupleJson : JsonSerializerContext;
