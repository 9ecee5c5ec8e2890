using AntFlow.Dataflow.CrashTests.Lives;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.CrashTests.Promises;

/// <summary>Whoever looks for broken promises must find them: stories that are made up, each with one broken.</summary>
public sealed class PromiseTests
{
    private const string Good = "begin n:0 0 1|end n:0 0 1|durable n:0 0|begin n:0 1 1|end n:0 1 1|durable n:0 1|told n:0 1|begin n:0 2 1|end n:0 2 1|durable n:0 2|told n:0 2";
    private const string End = "begin n:0 3 1|end n:0 3 1|durable n:0 3|told n:0 3";
    private const string Result = "result n:0 Succeeded 0:b1:passed:saved";

    [Test]
    public void A_story_in_which_nothing_is_broken_is_accepted()
    {
        FindFaults([Good, End, Result]).ShouldBeEmpty();
        FindFaults([Good + "|begin n:0 3 1", "interrupted n:0 3 1|opened 2 1|crashed n:0 3 1|" + End, Result], "n:0").ShouldBeEmpty();
        FindFaults([Good + "|begin n:0 3 1|fail n:0 3 1|retrying n:0 3 1 1005", "begin n:0 3 2|end n:0 3 2", "told n:0 3", Result]).ShouldBeEmpty();
    }

    [TestCase("begin n:0 0 1|" + End, "a finished stage is repeated")]
    [TestCase("begin n:0 3 1|" + End, "it runs twice at the same time")]
    [TestCase("begin n:0 3 2|end n:0 3 2|durable n:0 3|told n:0 3", "only 0 attempts have failed")]
    [TestCase("begin n:0 3 1|end n:0 3 1|told n:0 3|durable n:0 3", "it is told before it is durable")]
    [TestCase("begin n:0 3 1|end n:0 3 1|durable n:0 3", "OnSuccess of stage 3 was never told of n:0")]
    [TestCase("crashed n:0 3 1|" + End, "at most 0 deaths came while it was running")]
    [TestCase(End + "|" + Result + "|" + Result, "n:0 has 2 results")]
    [TestCase("told n:0 2", "n:0 was never finished in stage 3")]
    public void A_life_that_breaks_a_promise_is_found(string life, string fault) => FindFaults([Good, life, Result]).ShouldContain(found => found.Contains(fault, StringComparison.Ordinal));

    [Test]
    public void What_is_handed_on_before_it_is_durable_is_found() =>
        FindFaults(["begin n:0 0 1|end n:0 0 1|begin n:0 1 1", Good + "|" + End, Result]).ShouldContain(found => found.EndsWith("the stage before is not durable", StringComparison.Ordinal));

    [Test]
    public void Failures_and_waits_that_are_forgotten_are_found()
    {
        IReadOnlyList<string> faults = FindFaults([Good + "|begin n:0 3 1|fail n:0 3 1|retrying n:0 3 1 90000000", End, Result]);

        faults.ShouldContain(found => found.EndsWith("1 failures are known, and are forgotten", StringComparison.Ordinal));
        faults.ShouldContain(found => found.EndsWith("ms more", StringComparison.Ordinal));
    }

    [Test]
    public void A_death_that_nobody_noticed_is_found() =>
        FindFaults([Good + "|begin n:0 3 1", "opened 2 1|" + End, Result]).ShouldContain(found => found.EndsWith("and nobody noticed", StringComparison.Ordinal));

    [Test]
    public void A_death_that_is_counted_twice_is_found() =>
        FindFaults([Good + "|marking n:0 3|begin n:0 3 1", "interrupted n:0 3 1|opened 2 1|crashed n:0 3 1", "interrupted n:0 3 1|opened 3 1|crashed n:0 3 2|" + End, Result])
            .ShouldContain(found => found.EndsWith("at most 1 deaths came while it was running", StringComparison.Ordinal));

    [Test]
    public void An_item_that_is_failed_by_fewer_than_three_lone_crashes_is_found()
    {
        const string failed = "result n:0 Failed MaxCrashes is 3";
        string[] crashes = [Good + "|begin n:0 3 1", "interrupted n:0 3 1|opened 2 1|begin n:0 3 1", "interrupted n:0 3 2|opened 3 1|begin n:0 3 1"];

        FindFaults([.. crashes, "interrupted n:0 3 3|opened 4 1|" + failed], "n:0").ShouldBeEmpty();
        FindFaults([.. crashes.Take(2), "interrupted n:0 3 2|opened 3 1|" + failed], "n:0")
            .ShouldContain(found => found.EndsWith("was the only suspect at 2 crashes at most", StringComparison.Ordinal));
    }

    [Test]
    public void Something_that_was_made_twice_or_a_wrong_result_is_found()
    {
        LedgerLine made = new(0, "made", "key", "n:0", "b1");

        Promise.FindFaults(new Story(1, Tell([Good, End, Result], null), [made, made])).ShouldContain("the provider has made 2 things for n:0");
        Promise.FindFaults(new Story(1, Tell([Good, End, "result n:0 Succeeded 0:b2:passed:saved"], null), [made])).ShouldHaveSingleItem().ShouldStartWith("the result is wrong");
        Promise.FindFaults(new Story(1, Tell([Good, End, "report 0 0 0 none"], null), [made])).ShouldHaveSingleItem().ShouldBe("n:0 has no result");
    }

    [Test]
    public void A_death_counts_only_if_the_ledger_grew()
    {
        var count = new KillCount();
        count.Add(new Story(1, Tell(["opening|dying body", "begin n:0 0 1|dying body", "opening|dying loading", "opening|dying loading", "opened 4 1|dying loading", Result], null), []));

        count.Total.ShouldBe(3);
        count.ToString().ShouldStartWith("3 kills: 1 in a body");
        count.ToString().ShouldEndWith("2 that do not count, for their ledger did not grow");
    }

    private static IReadOnlyList<string> FindFaults(string[] lives, string? marked = null) =>
        Promise.FindFaults(new Story(1, Tell(lives, marked), [new LedgerLine(0, "made", "key", "n:0", "b1")]));

    /// <summary>Makes lives, of which all but the last one are killed. Everything happens a thousandth of a millisecond later than what was before.</summary>
    private static List<Life> Tell(string[] lives, string? marked)
    {
        int at = 1_000;
        return [.. lives.Select((life, number) => new Life(number, number == lives.Length - 1 ? 0 : Life.Killed, [.. life.Split('|').SelectMany(line => Parse(line, ref at, marked))]))];
    }

    private static LedgerLine[] Parse(string line, ref int at, string? marked)
    {
        string[] words = line.Split(' ');
        var parsed = new LedgerLine(at += 10, words[0], words[1..]);
        return marked is not null && parsed.What == "begin" ? [new LedgerLine(at, "marking", parsed.Details), parsed] : [parsed];
    }
}
