using AntFlow.Dataflow.Decisions.Tests.Kit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Stages;

public sealed class StartSwitchTests
{
    [Test]
    public void Nothing_starts_while_the_run_or_the_stage_is_paused_or_a_closing_is_announced_and_not_applied_yet() => DecisionPlans.Play(dice =>
    {
        var state = new StartSwitch();
        (bool ofStage, bool ofRun) = (false, false);
        Closing closed = Closing.No;
        var told = new System.Text.StringBuilder();
        for (int i = dice.Between(1, 12); i > 0; i--)
        {
            Closing closing = dice.Pick(Closing.No, Closing.AfterItem, Closing.AfterStage, Closing.Canceled);
            if (dice.OneIn(3))
            {
                state.TryClose(closing).ShouldBe(closing > closed);
                closed = (Closing)Math.Max((int)closed, (int)closing);
            }
            else if (dice.OneIn(2))
            {
                state.SetPaused(ofRun = dice.OneIn(2), ofRun: true);
            }
            else
            {
                state.SetPaused(ofStage = dice.OneIn(2), ofRun: false);
            }

            (state.IsPaused, state.IsRunPaused, state.Closed).ShouldBe((ofStage || ofRun, ofRun, closed));
            foreach (Closing announced in Enum.GetValues<Closing>())
            {
                bool isPaused = closed == Closing.No && (ofStage || ofRun);
                state.MayStart(announced).ShouldBe(announced == closed && !isPaused);
                told.Append(state.MayStart(announced) ? '+' : '-');
            }
        }

        return told.ToString();
    });
}
