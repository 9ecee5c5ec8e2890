using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Checkpoints;

/// <summary>What comes next for something that is done once, for all there is to know.</summary>
public sealed class OnceDecisionTests
{
    [Test]
    public void The_body_runs_only_if_there_may_be_nothing_and_nothing_to_ask()
    {
        foreach (OnceProgress progress in Enum.GetValues<OnceProgress>())
        {
            foreach (bool hasFind in (bool[])[false, true])
            {
                foreach (bool fails in (bool[])[false, true])
                {
                    List<OnceMove> moves = Play(progress, hasFind, fails);
                    moves.Contains(OnceMove.Run).ShouldBe(
                        progress is OnceProgress.NotBegun or OnceProgress.Begun || (progress == OnceProgress.Uncertain && (hasFind || !fails)), $"{progress}, find {hasFind}, fails {fails}");
                    moves.Contains(OnceMove.Find).ShouldBe(hasFind && progress is OnceProgress.Begun or OnceProgress.Uncertain or OnceProgress.Unsaved && hasFind, $"{progress}, find {hasFind}");
                }
            }
        }
    }

    [Test]
    public void An_answer_is_given_and_nothing_else()
    {
        Play(OnceProgress.Answered, hasFind: true, fails: true).ShouldBe([OnceMove.Give]);
        Play(OnceProgress.Answered, hasFind: false, fails: false).ShouldBe([OnceMove.Give]);
    }

    [Test]
    public void What_is_done_and_not_found_fails()
    {
        Play(OnceProgress.Unsaved, hasFind: false, fails: false).ShouldBe([OnceMove.FailUnsaved]);
        Play(OnceProgress.Unsaved, hasFind: true, fails: false).ShouldBe([OnceMove.Find, OnceMove.FailUnsaved]);
    }

    [Test]
    public void What_is_uncertain_fails_if_that_is_set_and_no_one_can_be_asked()
    {
        Play(OnceProgress.Uncertain, hasFind: false, fails: true).ShouldBe([OnceMove.FailUncertain]);
        Play(OnceProgress.Uncertain, hasFind: true, fails: true).ShouldBe([OnceMove.Find, OnceMove.Run]);
    }

    /// <summary>All moves, if find finds nothing.</summary>
    private static List<OnceMove> Play(OnceProgress progress, bool hasFind, bool fails)
    {
        List<OnceMove> moves = [OnceDecision.Next(progress, canFind: hasFind, hasFind, fails)];
        if (moves[0] == OnceMove.Find)
            moves.Add(OnceDecision.Next(progress, canFind: false, hasFind, fails));
        return moves;
    }
}
