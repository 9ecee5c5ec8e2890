using System.Runtime.CompilerServices;
using Shouldly;

namespace AntFlow.Dataflow.Testing;

/// <summary>The next owner knows what was running when a process crashed, until it has been counted.</summary>
internal sealed class MarksCases(OpenedFixture opened)
{
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Case(c => c.What_was_started_and_not_ended_is_known_after_a_death()),
        Case(c => c.What_has_ended_is_not()),
        Case(c => c.The_last_mark_of_a_slot_counts()),
        Case(c => c.The_longest_id_is_noted_whole('x')),
        Case(c => c.The_longest_id_is_noted_whole('é')),
        Case(c => c.The_longest_id_is_noted_whole('☾')),
        Case(c => c.Ten_thousand_workers_are_noted()),
        Case(c => c.Workers_note_at_once()),
        Case(c => c.An_owner_that_gives_its_run_up_leaves_no_marks()),
        Case(c => c.Marks_are_those_of_the_run()),
        Case(c => c.Marks_survive_a_second_death_before_they_were_counted()),
        Case(c => c.Marks_that_were_not_counted_stay_when_the_run_is_given_up()),
        Case(c => c.Marks_that_were_counted_are_forgotten_and_the_owners_own_are_not()),
        Case(c => c.Forgetting_what_is_not_there_or_is_forgotten_does_no_harm()),
        Case(c => c.Many_deaths_in_a_row_lose_nothing()),
    ];

    private ICheckpointStore Store => opened.Store;

    public async Task What_was_started_and_not_ended_is_known_after_a_death()
    {
        ICheckpointRun dead = await opened.CrashInAsync("run", async run =>
        {
            await run.MarkStartedAsync(0, 3, "n:7");
            await run.MarkStartedAsync(1, 0, "s:it's \"quoted\" ☾");
        });

        (await InterruptedAsync("run")).ShouldBe([new StartMark(dead.Epoch, 3, "n:7"), new StartMark(dead.Epoch, 0, "s:it's \"quoted\" ☾")]);
    }

    public async Task What_has_ended_is_not()
    {
        ICheckpointRun dead = await opened.CrashInAsync("run", async run =>
        {
            for (int slot = 0; slot < 3; slot++)
                await run.MarkStartedAsync(slot, 0, $"n:{slot}");
            run.MarkEnded(0);
            run.MarkEnded(2);
            run.MarkEnded(17);
        });

        (await InterruptedAsync("run")).ShouldBe([new StartMark(dead.Epoch, 0, "n:1")]);
    }

    public async Task The_last_mark_of_a_slot_counts()
    {
        ICheckpointRun dead = await opened.CrashInAsync("run", async run =>
        {
            await run.MarkStartedAsync(0, 0, "s:" + new string('x', StartMark.MaxIdBytes - 2));
            await run.MarkStartedAsync(0, 1, "n:2");
            await run.MarkStartedAsync(1, 0, "n:3");
            run.MarkEnded(1);
            await run.MarkStartedAsync(1, 5, "n:4");
        });

        (await InterruptedAsync("run")).ShouldBe([new StartMark(dead.Epoch, 1, "n:2"), new StartMark(dead.Epoch, 5, "n:4")]);
    }

    public async Task The_longest_id_is_noted_whole(char letter)
    {
        string id = new(letter, StartMark.MaxIdBytes / System.Text.Encoding.UTF8.GetByteCount([letter]));
        await opened.CrashInAsync("run", async run => await run.MarkStartedAsync(0, int.MaxValue, id));

        StartMark mark = (await InterruptedAsync("run")).ShouldHaveSingleItem();
        (mark.StageIndex, mark.Id).ShouldBe((int.MaxValue, id));
    }

    public async Task Ten_thousand_workers_are_noted()
    {
        await opened.CrashInAsync("run", async run =>
        {
            await run.MarkStartedAsync(9_999, 1, "n:9999");
            for (int slot = 0; slot < 9_999; slot++)
                await run.MarkStartedAsync(slot, 1, $"n:{slot}");
        });

        (await InterruptedAsync("run")).Select(mark => mark.Id).ShouldBe(Enumerable.Range(0, 10_000).Select(slot => $"n:{slot}"), ignoreOrder: true);
    }

    public async Task Workers_note_at_once()
    {
        await opened.CrashInAsync("run", run => Task.WhenAll(Enumerable.Range(0, 32).Select(slot => Task.Run(async () =>
        {
            for (int number = 0; number < 200; number++)
            {
                await run.MarkStartedAsync(slot, number, $"n:{slot}");
                if (number < 199 || slot % 2 == 1)
                    run.MarkEnded(slot);
            }
        }))));

        (await InterruptedAsync("run")).Select(mark => (mark.StageIndex, mark.Id))
            .ShouldBe(Enumerable.Range(0, 16).Select(even => (199, $"n:{2 * even}")), ignoreOrder: true);
    }

    public async Task An_owner_that_gives_its_run_up_leaves_no_marks()
    {
        await opened.WithRunAsync("run", async run => await run.MarkStartedAsync(0, 0, "n:0"));

        (await InterruptedAsync("run")).ShouldBeEmpty();
    }

    public async Task Marks_are_those_of_the_run()
    {
        await opened.CrashInAsync("mine", async run => await run.MarkStartedAsync(0, 0, "n:0"));
        await opened.CrashInAsync("theirs", async run => await run.MarkStartedAsync(0, 0, "n:1"));

        (await InterruptedAsync("mine")).ShouldHaveSingleItem().Id.ShouldBe("n:0");
        (await InterruptedAsync("theirs")).ShouldHaveSingleItem().Id.ShouldBe("n:1");
        (await InterruptedAsync("other")).ShouldBeEmpty();
    }

    public async Task Marks_survive_a_second_death_before_they_were_counted()
    {
        ICheckpointRun first = await opened.CrashInAsync("run", async run =>
        {
            await run.MarkStartedAsync(0, 0, "n:0");
            await run.MarkStartedAsync(1, 0, "n:1");
        });
        ICheckpointRun second = await opened.CrashInAsync("run", async run =>
        {
            await run.MarkStartedAsync(0, 4, "n:2");
            await run.MarkStartedAsync(1, 4, "n:3");
            run.MarkEnded(1);
        });

        (await InterruptedAsync("run")).ShouldBe(
            [new StartMark(first.Epoch, 0, "n:0"), new StartMark(first.Epoch, 0, "n:1"), new StartMark(second.Epoch, 4, "n:2")], ignoreOrder: true);
    }

    public async Task Marks_that_were_not_counted_stay_when_the_run_is_given_up()
    {
        ICheckpointRun dead = await opened.CrashInAsync("run", async run => await run.MarkStartedAsync(0, 0, "n:0"));
        await opened.WithRunAsync("run", async run => await run.MarkStartedAsync(0, 0, "n:1"));
        await opened.ReopenAsync();

        (await InterruptedAsync("run")).ShouldBe([new StartMark(dead.Epoch, 0, "n:0")]);
        (await InterruptedAsync("run")).ShouldBe([new StartMark(dead.Epoch, 0, "n:0")]);
    }

    public async Task Marks_that_were_counted_are_forgotten_and_the_owners_own_are_not()
    {
        await opened.CrashInAsync("run", async run => await run.MarkStartedAsync(0, 0, "n:0"));
        ICheckpointRun second = await opened.CrashInAsync("run", async run =>
        {
            await run.MarkStartedAsync(0, 0, "n:1");
            await run.ForgetInterruptedAsync();
            await run.MarkStartedAsync(1, 0, "n:2");
        });

        (await InterruptedAsync("run")).ShouldBe([new StartMark(second.Epoch, 0, "n:1"), new StartMark(second.Epoch, 0, "n:2")], ignoreOrder: true);
    }

    public async Task Forgetting_what_is_not_there_or_is_forgotten_does_no_harm()
    {
        await opened.CrashInAsync("run", async run => await run.MarkStartedAsync(5, 0, "n:0"));
        await opened.WithRunAsync("run", async run =>
        {
            await run.ForgetInterruptedAsync();
            await run.ForgetInterruptedAsync();
        });

        (await InterruptedAsync("run")).ShouldBeEmpty();
        await opened.WithRunAsync("other", async run => await run.ForgetInterruptedAsync());
    }

    public async Task Many_deaths_in_a_row_lose_nothing()
    {
        const int Deaths = 12;
        for (int death = 0; death < Deaths; death++)
            await opened.CrashInAsync("run", async run => await run.MarkStartedAsync(death % 3, death, $"n:{death}"));

        (await InterruptedAsync("run")).Select(mark => mark.StageIndex).Order().ShouldBe(Enumerable.Range(0, Deaths));
    }

    private async Task<List<StartMark>> InterruptedAsync(string runId)
    {
        List<StartMark> found = [];
        await opened.WithRunAsync(runId, run =>
        {
            found.AddRange(run.Interrupted.OrderBy(mark => mark.Epoch).ThenBy(mark => mark.Id, StringComparer.Ordinal));
            return Task.CompletedTask;
        });
        return found;
    }

    private static ConformanceCase Case(Func<MarksCases, Task> run, [CallerArgumentExpression(nameof(run))] string call = "") =>
        ConformanceCase.Make("Marks", opened => run(new MarksCases(opened)), call);
}
