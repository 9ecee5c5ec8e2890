using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Workers;

public sealed class PlaceRuleTests
{
    [TestCase(null, null, 1, 11)]
    [TestCase(null, null, 7, 77)]
    [TestCase(null, 0, 7, 7)]
    [TestCase(null, 5, 7, 12)]
    [TestCase(3, null, 7, 7)]
    [TestCase(7, 5, 7, 7)]
    [TestCase(8, 5, 7, 8)]
    [TestCase(int.MaxValue, null, 7, int.MaxValue)]
    [TestCase(null, null, 300_000_000, int.MaxValue)]
    public void There_are_as_many_places_as_were_set_or_some_beside_those_of_the_workers(int? maxInFlight, int? beside, int workers, int places) =>
        new PlaceRule(maxInFlight, beside).PlacesFor(workers).ShouldBe(places);

    [Test]
    public void Workers_stay_idle_for_throttled_items_unless_a_number_was_set()
    {
        new PlaceRule(MaxInFlight: null).IdlesForThrottled.ShouldBeTrue();
        new PlaceRule(MaxInFlight: 5).IdlesForThrottled.ShouldBeFalse();
    }
}
