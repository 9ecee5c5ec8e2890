using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Metadata comes back as what it was, of the type it was.</summary>
public sealed class MetadataTests
{
    private static readonly object?[] _values =
    [
        null, "", "it's \"quoted\" \\ ☾ 🌙 \0 \u2028", true, false, 0, int.MinValue, int.MaxValue, 0L, long.MinValue, long.MaxValue, 0.1, -0.0, double.NaN, double.PositiveInfinity,
        double.Epsilon, double.MaxValue, 1.10m, decimal.MinValue, decimal.MaxValue, 0.0000000000000000000000000001m, Guid.Empty, new Guid("00112233-4455-6677-8899-aabbccddeeff"),
        DateTimeOffset.MinValue, DateTimeOffset.MaxValue, new DateTimeOffset(638_712_345_678_901_237, TimeSpan.FromHours(5.5)), DateTime.MinValue,
        new DateTime(638_712_345_678_901_237, DateTimeKind.Utc), new DateTime(638_712_345_678_901_237, DateTimeKind.Unspecified), TimeSpan.MinValue, TimeSpan.MaxValue,
        Array.Empty<byte>(), new byte[] { 0, 255, 1 },
    ];

    private readonly InMemoryCheckpointStore _store = new();

    [Test]
    public async Task All_kinds_come_back()
    {
        var item = new WorkItem<string>("x");
        for (int number = 0; number < _values.Length; number++)
            item.Metadata[$"{number} ☾"] = _values[number];
        Job first = new(_store) { Body = (stage, _, _) => stage == "B" ? throw new InvalidOperationException("down") : Task.CompletedTask };
        await first.Make().RunAsync([item], Lives.Nightly).InTime();

        PipelineReport<string> report = await new Job(_store) { Options = new CheckpointOptions { ResumeFailed = true } }.RunAsync("x").InTime();

        PipelineResult<string> result = report.Results.ShouldHaveSingleItem();
        result.Value.ShouldBe("xabc");
        result.Metadata.Count.ShouldBe(_values.Length);
        for (int number = 0; number < _values.Length; number++)
            ShouldBeSame(result.Metadata[$"{number} ☾"], _values[number]);
    }

    private static IEnumerable<object> Unstorable => [1f, (byte)1, 1u, 'x', DayOfWeek.Friday, new Uri("http://ants.example"), new int[] { 1 }, new object()];

    [TestCaseSource(nameof(Unstorable))]
    public async Task What_would_not_come_back_as_it_was_fails_its_item(object value)
    {
        var odd = new WorkItem<string>("y") { Metadata = { ["odd"] = value } };

        PipelineReport<string> report = await new Job(_store).Make().RunAsync([new WorkItem<string>("x"), odd], Lives.Nightly).InTime();

        report.Results[0].Value.ShouldBe("xabc");
        report.Results[1].Error.ShouldBeOfType<CheckpointException>().Message.ShouldContain($"Metadata 'odd' is a {value.GetType()}, which cannot be stored.");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Half_a_letter_fails_its_item(bool isName)
    {
        string half = "a\uD83D";
        var odd = new WorkItem<string>("x") { Metadata = { [isName ? half : "odd"] = isName ? "text" : half } };

        PipelineReport<string> report = await new Job(_store).Make().RunAsync([odd], Lives.Nightly).InTime();

        report.Results.ShouldHaveSingleItem().Error.ShouldBeOfType<CheckpointException>().Message.ShouldContain("has an unpaired surrogate at 1, which cannot be stored.");
    }

    private static void ShouldBeSame(object? found, object? expected)
    {
        (found?.GetType()).ShouldBe(expected?.GetType());
        switch (expected)
        {
            case byte[] bytes:
                ((byte[])found!).ShouldBe(bytes);
                break;
            case double number:
                BitConverter.DoubleToInt64Bits((double)found!).ShouldBe(BitConverter.DoubleToInt64Bits(number));
                break;
            case decimal number:
                decimal.GetBits((decimal)found!).ShouldBe(decimal.GetBits(number));
                break;
            case DateTimeOffset time:
                ((DateTimeOffset)found!).EqualsExact(time).ShouldBeTrue();
                break;
            case DateTime time:
                (((DateTime)found!).Ticks, ((DateTime)found).Kind).ShouldBe((time.Ticks, time.Kind));
                break;
            default:
                found.ShouldBe(expected);
                break;
        }
    }
}
