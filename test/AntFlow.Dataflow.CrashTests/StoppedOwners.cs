using AntFlow.Dataflow.CrashTests.Lives;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.CrashTests;

/// <summary>An owner that is stopped (a laptop that is closed, a machine that is moved) and goes on when its run is another's.</summary>
[Category("LinuxOnly")]
public sealed class StoppedOwners : OwnServerTests
{
    private const int LeaseSeconds = 12;
    private const int Items = 12;

    // What an owner may not do any more. That a body ends which was running is no harm.
    private static readonly string[] _acts = ["begin", "durable", "failure", "retrying", "told", "crashed"];

    [Test]
    public async Task An_owner_that_is_stopped_for_longer_than_its_lease_starts_and_writes_nothing_when_it_goes_on_and_says_so()
    {
        using var campaign = new Campaign([$"server={Server.ConnectionString}", $"lease={LeaseSeconds}"], Items) { Settings = ["echo=1"] };
        (int number, JobProcess stopped) = campaign.Begin(["held=1"]);
        using (stopped)
        {
            (await IsHeldAsync(stopped)).ShouldBeTrue();
            await stopped.StopAsync();
            IReadOnlyList<LedgerLine> before = campaign.Lines(number);

            // The lease goes by the clock of the server: these seconds are real ones. Until then everybody is refused.
            (Life heir, int refused) = await TakeOverAsync(campaign, stopped);
            refused.ShouldBeGreaterThan(0);
            int made = campaign.Tell().Made.Count;
            made.ShouldBe(Items);
            await stopped.ContinueAsync();
            await stopped.LetGoAsync();
            (int code, _) = await stopped.EndAsync();
            Life life = campaign.End(number, code);

            life.Lines.Skip(before.Count).Where(line => _acts.Contains(line.What)).ShouldBeEmpty();
            campaign.Tell().Made.Count.ShouldBe(made);
            life.All("report").ShouldHaveSingleItem().Details[3].ShouldBe(nameof(LeaseLostException));
            heir.All("result").Count(line => line.Details[1] == "Succeeded").ShouldBe(Items);
        }
    }

    /// <summary>Waits until all four workers of Submit are inside their bodies, before what is done once, and nothing is on its way to the store.</summary>
    private static async Task<bool> IsHeldAsync(JobProcess process)
    {
        int held = 0;
        int durable = 0;
        return await process.ReadUntilAsync(line =>
        {
            held += line.StartsWith("begin\t", StringComparison.Ordinal) && line.Contains("\t1\t", StringComparison.Ordinal) ? 1 : 0;
            durable += line.StartsWith("durable\t", StringComparison.Ordinal) ? 1 : 0;
            return held == 4 && durable == Items;
        });
    }

    /// <summary>Tries to do the run until nobody else owns it.</summary>
    private static async Task<(Life Heir, int Refused)> TakeOverAsync(Campaign campaign, JobProcess stopped)
    {
        for (int refused = 0; ; refused++)
        {
            (int number, JobProcess process) = campaign.Begin([]);
            using (process)
            {
                (int code, string errors) = await process.EndAsync();
                Life life = campaign.End(number, code);
                if (code == 0)
                    return (life, refused);
                stopped.IsStopped.ShouldBeTrue($"Somebody has continued it: {life}");
                code.ShouldBe(5, $"{life}\n{errors}");
                refused.ShouldBeLessThan(200);
            }
        }
    }
}
