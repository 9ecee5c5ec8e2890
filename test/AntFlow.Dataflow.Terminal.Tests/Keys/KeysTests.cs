using AntFlow.Dataflow.Terminal.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Terminal.Tests.Keys;

public sealed class KeysTests
{
    [Test]
    public void P_pauses_and_resumes()
    {
        Decide('p', Some.Snapshot()).Action.ShouldBe(KeyAction.Pause);
        Decide('p', Some.Snapshot() with { IsPaused = true }).Action.ShouldBe(KeyAction.Resume);
    }

    [Test]
    public void Arrows_select_a_stage_and_stop_at_the_ends()
    {
        Decide(ConsoleKey.DownArrow, selected: 1).ShouldBe(new KeyDecision(KeyAction.SelectStage, 2));
        Decide(ConsoleKey.DownArrow, selected: 2).Selected.ShouldBe(2);
        Decide(ConsoleKey.UpArrow, selected: 1).Selected.ShouldBe(0);
        Decide(ConsoleKey.UpArrow, selected: 0).Selected.ShouldBe(0);
    }

    [Test]
    public void Plus_and_minus_change_the_workers_of_the_selected_stage()
    {
        Decide('+', Some.Snapshot()).ShouldBe(new KeyDecision(KeyAction.SetWorkers, 1, 4, "Enrich: 4 workers"));
        Decide('-', Some.Snapshot()).ShouldBe(new KeyDecision(KeyAction.SetWorkers, 1, 2, "Enrich: 2 workers"));
        Decide('-', Some.Snapshot() with { Stages = [Some.Stage("A"), Some.Stage("B")] }).ShouldBe(new KeyDecision(KeyAction.None, 1, Notice: "B: one worker is the least"));
    }

    [Test]
    public void Q_stops_gently_and_a_second_one_cancels()
    {
        Decide('q', Some.Snapshot()).ShouldBe(new KeyDecision(KeyAction.Stop, 1, Notice: "stopping; q again cancels"));
        Decide('q', Some.Snapshot() with { Phase = RunPhase.Stopping }).Action.ShouldBe(KeyAction.Cancel);
        Decide('q', Some.Snapshot() with { Phase = RunPhase.Canceling }).Action.ShouldBe(KeyAction.None);
    }

    [Test]
    public void More_workers_than_there_may_be_are_not_asked_for()
    {
        PipelineSnapshot now = Some.Snapshot() with { Stages = [Some.Stage("A"), Some.Stage("B", StageOptions.MaxWorkers)] };

        Decide('+', now).ShouldBe(new KeyDecision(KeyAction.None, 1, Notice: "B: 100,000 workers are the most"));
    }

    [TestCase('p')]
    [TestCase('+')]
    [TestCase('q')]
    public void Nothing_is_asked_of_a_run_that_has_ended(char key) => Decide(key, Some.Snapshot() with { Phase = RunPhase.Ended }).Action.ShouldBe(KeyAction.None);

    [Test]
    public void A_question_mark_asks_for_help() => Decide('?', Some.Snapshot()).Action.ShouldBe(KeyAction.Help);

    [TestCase('x')]
    [TestCase('\r')]
    [TestCase('\0')]
    public void Other_keys_do_nothing(char key) => Decide(key, Some.Snapshot()).ShouldBe(new KeyDecision(KeyAction.None, 1));

    private static KeyDecision Decide(char key, PipelineSnapshot now) =>
        KeyDecision.Of(new ConsoleKeyInfo(key, ConsoleKey.None, shift: false, alt: false, control: false), Some.Watched(now));

    private static KeyDecision Decide(ConsoleKey key, int selected) =>
        KeyDecision.Of(new ConsoleKeyInfo('\0', key, shift: false, alt: false, control: false), Some.Watched() with { Selected = selected });
}
