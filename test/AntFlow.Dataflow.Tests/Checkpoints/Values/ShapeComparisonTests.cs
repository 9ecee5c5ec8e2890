using System.Text.Json.Serialization;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints.Values;

/// <summary>What was stored as one type is read as another only if nothing of it is lost, and nothing gets another meaning.</summary>
public sealed partial class ShapeComparisonTests
{
    private static readonly JsonPayloads _payloads = JsonPayloads.OfReflection();

    [Test]
    public void An_enum_may_gain_members() => Compare<V1.State, V2.State>().ShouldBeEmpty();

    [Test]
    public void An_enum_whose_numbers_have_moved_is_another() => Compare<V1.State, V3.State>().ShouldBe(["Done of the enum x was 1 and is 2"]);

    [Test]
    public void An_enum_that_has_lost_a_member_is_another() => Compare<V2.State, V1.State>().ShouldBe(["Failed of the enum x was removed"]);

    [Test]
    public void A_member_may_come_that_is_optional()
    {
        Compare<V1.Batch, V2.Batch>().ShouldBeEmpty();
        Compare<V1.Batch, V4.Batch>().ShouldBeEmpty();
        Compare<V1.Mutable, V2.Mutable>().ShouldBeEmpty();
    }

    [Test]
    public void A_member_may_not_come_that_has_to_be_there()
    {
        Compare<V1.Batch, V3.Batch>().ShouldBe(["x.Price is new and not optional"]);
        Compare<V1.Mutable, V3.Mutable>().ShouldBe(["x.Price is new and not optional"]);
    }

    [Test]
    public void A_member_may_not_go() => Compare<V2.Batch, V1.Batch>().ShouldBe(["x.Note was removed"]);

    [Test]
    public void A_member_may_become_nullable_and_not_the_other_way_round()
    {
        Compare<V1.Mutable, V4.Mutable>().ShouldBeEmpty();
        Compare<V4.Mutable, V1.Mutable>().ShouldBe(["x.Id was String? and is String"]);
        Compare<int, int?>().ShouldBeEmpty();
        Compare<int?, int>().ShouldBe(["x was Int32? and is Int32"]);
    }

    [Test]
    public void The_types_of_NET_are_told_apart()
    {
        Compare<int, long>().ShouldBe(["x was Int32 and is Int64"]);
        Compare<DateTime, DateTimeOffset>().ShouldBe(["x was DateTime and is DateTimeOffset"]);
        Compare<decimal, double>().ShouldBe(["x was Decimal and is Double"]);
        Compare<V1.State, int>().ShouldBe(["x was enum of Int32 and is Int32"]);
        Compare<List<int>, HashSet<int>>().ShouldBe(["x was list of Int32 and is set of Int32"]);
        Compare<Dictionary<string, List<int>>, Dictionary<string, List<long>>>().ShouldBe(["x[][] was Int32 and is Int64"]);
        Compare<Dictionary<int, string>, Dictionary<long, string>>().ShouldBe(["the key of x was Int32 and is Int64"]);
    }

    [Test]
    public void How_a_list_is_made_is_no_difference()
    {
        Compare<List<int>, int[]>().ShouldBeEmpty();
        Compare<Dictionary<string, int>, IReadOnlyDictionary<string, int>>().ShouldBeEmpty();
    }

    [Test]
    public void A_type_that_contains_itself_is_compared_to_its_end()
    {
        Compare<V1.Tree, V2.Tree>().ShouldBeEmpty();
        Compare<V2.Tree, V1.Tree>().ShouldBe(["x.Extra was removed"]);
    }

    [Test]
    public void A_base_type_may_gain_derived_ones_and_lose_none()
    {
        Compare<V1.Part, V2.Part>().ShouldBeEmpty();
        Compare<V2.Part, V1.Part>().ShouldBe(["the derived type \"b\" of x was removed"]);
        Compare<V1.Part, V3.Part>().ShouldBe(["the derived type \"a\" of x was removed"]);
    }

    [Test]
    public void A_computed_member_may_come()
    {
        Compare<V1.Batch, V5.Batch>().ShouldBeEmpty();
        Compare<V5.Batch, V1.Batch>().ShouldBe(["x.Length was removed"]);
    }

    [Test]
    public void Every_type_can_be_read_as_itself()
    {
        Compare<V2.Batch, V2.Batch>().ShouldBeEmpty();
        Compare<WithDefaults, WithDefaults>().ShouldBeEmpty();
        var lenient = JsonPayloads.Of(OmittingJson.Default);
        lenient.ShapeOf<WithDefaults>().Compare(lenient.ShapeOf<WithDefaults>(), "x").ShouldBeEmpty();
    }

    private static IReadOnlyList<string> Compare<TStored, TNow>()
    {
        TypeShape.TryParse(_payloads.ShapeOf<TStored>().ToText(), out TypeShape stored).ShouldBeTrue();
        IReadOnlyList<string> differences = _payloads.ShapeOf<TNow>().Compare(stored, "x");
        _payloads.ShapeOf<TNow>().CanRead(stored).ShouldBe(differences.Count == 0);
        return differences;
    }

    internal sealed record WithDefaults([property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int Number, string? Text);

    [JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
    [JsonSerializable(typeof(WithDefaults))]
    private sealed partial class OmittingJson : JsonSerializerContext;

    private static class V1
    {
        public enum State
        {
            Pending,
            Done,
        }

        public sealed record Batch(string Id);

        public sealed class Mutable
        {
            public string Id { get; set; } = string.Empty;
        }

        public sealed record Tree(string Name, Tree? Left);

        [JsonDerivedType(typeof(A), "a")]
        public abstract record Part;

        public sealed record A : Part;
    }

    private static class V2
    {
        public enum State
        {
            Pending,
            Done,
            Failed,
        }

        public sealed record Batch(string Id, string? Note = null);

        public sealed class Mutable
        {
            public string Id { get; set; } = string.Empty;

            public string? Note { get; set; }
        }

        public sealed record Tree(string Name, Tree? Left, string? Extra);

        [JsonDerivedType(typeof(A), "a")]
        [JsonDerivedType(typeof(B), "b")]
        public abstract record Part;

        public sealed record A : Part;

        public sealed record B : Part;
    }

    private static class V3
    {
        public enum State
        {
            Pending,
            Running,
            Done,
        }

        public sealed record Batch(string Id, int Price);

        public sealed class Mutable
        {
            public string Id { get; set; } = string.Empty;

            public int Price { get; set; }
        }

        [JsonDerivedType(typeof(A), "alpha")]
        public abstract record Part;

        public sealed record A : Part;
    }

    private static class V4
    {
        public sealed record Batch(string Id, int Price = 3);

        public sealed class Mutable
        {
            public string? Id { get; set; }
        }
    }

    private static class V5
    {
        public sealed record Batch(string Id)
        {
            public int Length => Id.Length;
        }
    }
}
