using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Conventions;

public sealed class ArrowsTests
{
    [Test]
    public void Arrows_between_rooms_point_one_way() => Arrows.FindViolations(CoreCompilation.Files()).ShouldBeEmpty();

    [Test]
    public void A_seeded_violation_is_found()
    {
        (string, string) seeded = ("Items/Seeded.cs", "namespace AntFlow.Dataflow; internal static class Seeded { public static object Make() => new StatusTracker(); }");

        Arrows.FindViolations(CoreCompilation.Files().Append(seeded)).ShouldBe(["Items/Seeded.cs: Items names StatusTracker of Tracking"]);
    }

    [Test]
    public void No_room_names_the_root()
    {
        (string, string) seeded = ("Stages/Seeded.cs", "namespace AntFlow.Dataflow; internal static class Seeded { public static RunOptions Make() => new(); }");

        Arrows.FindViolations(CoreCompilation.Files().Append(seeded)).ShouldBe(["Stages/Seeded.cs: Stages names RunOptions of (root)"]);
    }

    [Test]
    public void A_room_that_is_not_on_the_map_is_found()
    {
        (string, string) seeded = ("Helpers/Seeded.cs", "namespace AntFlow.Dataflow; internal static class Seeded;");

        Arrows.FindViolations(CoreCompilation.Files().Append(seeded)).ShouldBe(["Helpers/Seeded.cs: folder Helpers is not on the map of rooms"]);
    }
}
