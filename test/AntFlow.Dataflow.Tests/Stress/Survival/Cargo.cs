using System.Text.Json;
using System.Text.Json.Serialization;
using AntFlow.Dataflow.TestKit;

namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>What travels through all starts: a text, and contents of some kind that follow from it. Code that looks at the text looks at the contents as well: they are those of the text, or
/// something was lost on the way.</summary>
internal sealed record Cargo(string Text, Contents? Contents)
{
    public static implicit operator Cargo(string text) => new(text, Draw(text));

    public static implicit operator string(Cargo? cargo) => cargo is null ? null! : cargo.Unpack();

    private static Contents? Draw(string text)
    {
        Dice dice = Dice.Of(text.Length, text[0], text[^1], 31);
        return Draw(dice, depth: 0);
    }

    private static Contents? Draw(Dice dice, int depth) => dice.Below(depth < 3 ? 7 : 5) switch
    {
        0 => null,
        1 => DrawNote(dice),
        2 => new Rows([.. Enumerable.Range(0, dice.Below(4)).Select(i => (List<int?>)[i, null, -i])], [.. Enumerable.Range(0, dice.Below(3)).Select(i => $"né \uD83D\uDE00 {i}")]),
        3 => new Map(
            Enumerable.Range(0, dice.Below(4)).ToDictionary(i => $"Key {i}", i => (Grade)(i % 3), StringComparer.Ordinal),
            new Dictionary<int, Note?> { [7] = DrawNote(dice), [-1] = null }),
        4 => new Large(new string((char)('a' + dice.Below(26)), dice.Pick(0, 1, 5_000))),
        5 => new Nested(Draw(dice, depth + 1), dice.Pick(0.1, -0.0, double.MaxValue), (dice.Below(9), "pair")),
        _ => new Several([.. Enumerable.Range(0, dice.Below(3)).Select(_ => Draw(dice, depth + 1))]),
    };

    private static Note DrawNote(Dice dice) =>
        new(dice.Pick(null, "title"), dice.Pick(Grade.Low, Grade.High), dice.Pick<int?>(null, 5), DateTimeOffset.UnixEpoch.AddTicks(dice.Below(1_000_000)).ToOffset(TimeSpan.FromHours(dice.Below(5))), 1.50m)
        {
            Remark = dice.Pick(null, "remark"),
        };

    private string Unpack()
    {
        string found = JsonSerializer.Serialize(Contents, CargoJson.Default.Contents);
        string drawn = JsonSerializer.Serialize(Draw(Text), CargoJson.Default.Contents);
        return found == drawn ? Text : throw new InvalidDataException($"'{SurvivorBodies.Short(Text)}' came with {found} and went with {drawn}.");
    }
}

internal enum Grade
{
    Low,
    Middle,
    High = 9,
}

[JsonDerivedType(typeof(Note), "note")]
[JsonDerivedType(typeof(Rows), "rows")]
[JsonDerivedType(typeof(Map), "map")]
[JsonDerivedType(typeof(Large), "large")]
[JsonDerivedType(typeof(Nested), "nested")]
[JsonDerivedType(typeof(Several), "several")]
internal abstract record Contents;

internal sealed record Note(string? Title, Grade Grade, int? Number, DateTimeOffset At, decimal Price) : Contents
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Remark { get; init; }

    public string Line => $"{Title} {Remark}";
}

internal sealed record Rows(List<List<int?>> Numbers, string[] Names) : Contents;

internal sealed record Map(Dictionary<string, Grade> Grades, Dictionary<int, Note?> Notes) : Contents;

internal sealed record Large(string Text) : Contents;

internal sealed record Nested(Contents? Inner, double Number, (int, string) Pair) : Contents;

internal sealed record Several(IReadOnlyList<Contents?> All) : Contents;

[JsonSourceGenerationOptions(IncludeFields = true)]
[JsonSerializable(typeof(Cargo))]
internal sealed partial class CargoJson : JsonSerializerContext;
