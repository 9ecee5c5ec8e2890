using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Items;

public sealed class ItemIds
{
    private static readonly Guid _guid = Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e");

    // In their order.
    private static readonly ItemId[] _ids =
    [
        default, ItemId.Automatic(0), ItemId.Automatic(5), "#5", "17", "a", "b", "g:", "home", "n:17", "s:", "line\nbreak", "ä☾", "\ud83d\ude00", "half \ud800 pair", long.MinValue, -1, 0, 17, long.MaxValue, Guid.Empty, _guid,
    ];

    [Test]
    public void An_id_says_its_kind_and_its_value()
    {
        (default(ItemId).Kind, default(ItemId).Value).ShouldBe((ItemIdKind.None, null));
        (ItemId.Automatic(5).Kind, ItemId.Automatic(5).Value).ShouldBe((ItemIdKind.Automatic, 5L));
        (new ItemId("17").Kind, new ItemId("17").Value).ShouldBe((ItemIdKind.Text, "17"));
        (new ItemId(17).Kind, new ItemId(17).Value).ShouldBe((ItemIdKind.Number, 17L));
        (new ItemId(_guid).Kind, new ItemId(_guid).Value).ShouldBe((ItemIdKind.Guid, _guid));
    }

    [Test]
    public void A_text_that_can_be_read_back_keeps_kinds_distinct()
    {
        new ItemId("17").ToString("R").ShouldBe("s:17");
        new ItemId(17).ToString("R").ShouldBe("n:17");
        new ItemId(_guid).ToString("R").ShouldBe("g:0f8fad5bd9cb469fa16570867728950e");
        ItemId.Automatic(5).ToString("R").ShouldBe("#5");
        default(ItemId).ToString("R").ShouldBeEmpty();
        new ItemId("a\ud800").ToString("R").ShouldBe("u:0061d800");
        new ItemId(17).ToString("G").ShouldBe("17");
        $"{new ItemId(17)}".ShouldBe("17");
        Should.Throw<FormatException>(() => new ItemId(17).ToString("X")).Message.ShouldContain("'X'");
    }

    [Test]
    public void Every_id_comes_back_from_its_text_from_JSON_and_from_a_converter_in_every_culture()
    {
        TypeConverter converter = TypeDescriptor.GetConverter(typeof(ItemId));
        foreach (string culture in (string[])["", "de-DE", "ar-SA", "sv-SE"])
        {
            CultureInfo before = CultureInfo.CurrentCulture;
            CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
            try
            {
                foreach (ItemId id in _ids)
                {
                    ItemId.Parse(id.ToString("R")).ShouldBe(id);
                    ItemId.TryParse(id.ToString("R"), out ItemId read).ShouldBeTrue();
                    read.ShouldBe(id);
                    ParseAny<ItemId>(id.ToString("R")).ShouldBe(id);
                    string json = JsonSerializer.Serialize(id, AntFlowJsonContext.Default.ItemId);
                    JsonSerializer.Deserialize(json, AntFlowJsonContext.Default.ItemId).ShouldBe(id);
                    converter.ConvertFromString(converter.ConvertToString(id)!).ShouldBe(id);
                }
            }
            finally
            {
                CultureInfo.CurrentCulture = before;
            }
        }

        _ids.Select(id => id.ToString("R")).ShouldBeUnique();
    }

    [Test]
    public void An_id_may_be_the_name_of_a_property()
    {
        var counts = _ids.ToDictionary(id => id, id => id.ToString("R").Length);
        string json = JsonSerializer.Serialize(counts, AppContextOfIds.Default.DictionaryItemIdInt32);

        JsonSerializer.Deserialize(json, AppContextOfIds.Default.DictionaryItemIdInt32).ShouldBe(counts);
    }

    [TestCase("home")]
    [TestCase("s:")]
    [TestCase("n:")]
    [TestCase("n:1.5")]
    [TestCase("n:9223372036854775808")]
    [TestCase("g:0f8fad5b-d9cb-469f-a165-70867728950e")]
    [TestCase("u:00")]
    [TestCase("u:zzzz")]
    [TestCase("#")]
    [TestCase("#x")]
    [TestCase("x:1")]
    [TestCase(" n:1")]
    public void What_is_no_id_is_refused_with_a_sentence(string text)
    {
        ItemId.TryParse(text, out ItemId id).ShouldBeFalse();
        id.IsDefault.ShouldBeTrue();
        Should.Throw<FormatException>(() => ItemId.Parse(text)).Message.ShouldContain($"'{text}' is not an item id. Write s: before a text");
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize($"\"{text}\"", AntFlowJsonContext.Default.ItemId));
        ItemId.TryParse(null, out _).ShouldBeFalse();
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize("17", AntFlowJsonContext.Default.ItemId));
    }

    [Test]
    public void Ids_have_one_order_which_agrees_with_equality()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            ItemId[] mixed = [.. _ids];
            var dice = Dice.Of(seed);
            for (int i = mixed.Length - 1; i > 0; i--)
            {
                int other = dice.Below(i + 1);
                (mixed[i], mixed[other]) = (mixed[other], mixed[i]);
            }

            Array.Sort(mixed);
            mixed.Select(id => id.Kind).ShouldBe(_ids.Select(id => id.Kind));
            mixed.Where(id => id.Kind != ItemIdKind.Text).ShouldBe(_ids.Where(id => id.Kind != ItemIdKind.Text));
            mixed.Where(id => id.Kind == ItemIdKind.Text).Select(id => id.ToString()).ShouldBe(_ids.Where(id => id.Kind == ItemIdKind.Text).Select(id => id.ToString()).Order(StringComparer.Ordinal));
        }

        foreach (ItemId one in _ids)
        {
            foreach (ItemId other in _ids)
            {
                int order = one.CompareTo(other);
                (order == 0).ShouldBe(one.Equals(other));
                Math.Sign(other.CompareTo(one)).ShouldBe(-Math.Sign(order));
                (one < other, one <= other, one > other, one >= other).ShouldBe((order < 0, order <= 0, order > 0, order >= 0));
                ((IComparable)one).CompareTo(other).ShouldBe(order);
            }
        }

        ((IComparable)_ids[3]).CompareTo(null).ShouldBe(1);
        Should.Throw<ArgumentException>(() => ((IComparable)_ids[3]).CompareTo("a"));
    }

    [Test]
    public async Task A_conversion_never_throws_and_the_default_id_is_refused_where_an_id_is_asked_for()
    {
        string? nothing = null;
        ItemId fromNull = nothing;
        ItemId fromEmpty = string.Empty;
        (fromNull.IsDefault, fromEmpty.IsDefault).ShouldBe((true, true));
        Should.Throw<ArgumentException>(() => new ItemId(string.Empty));
        Should.Throw<ArgumentException>(() => ItemId.FromString(string.Empty));

        Should.Throw<ArgumentException>(() => new WorkItem<int>(1) { Id = fromNull }).Message.ShouldContain("identifies nothing");
        var tracker = new StatusTracker();
        Should.Throw<ArgumentException>(() => tracker.GetStatus(fromNull)).Message.ShouldContain("identifies nothing");
        Should.Throw<ArgumentException>(() => tracker.GetHistory(fromEmpty)).Message.ShouldContain("identifies nothing");
        PipelineReport<string> report = await PipelineBuilder.Stage<string, string>("A", x => x).IdentifyBy(x => x == "named" ? x : nothing).Build().RunAsync(["named", "nameless"]);
        report.Results[0].ItemId.ShouldBe("named");
        report.Results[1].Error.ShouldNotBeNull().Message.ShouldContain("null and the empty string");
    }

    private static T ParseAny<T>(string text)
        where T : IParsable<T> =>
        T.TryParse(text, provider: null, out T? read) ? read : T.Parse(text, provider: null);
}
