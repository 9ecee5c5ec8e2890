using NUnit.Framework;

namespace AntFlow.Dataflow.Tests.Stress.Onces;

/// <summary>Over random answers (unstorable, changed between runs, large, damaged, late), random kills and a store that fails: a body runs once per generation, unless a crash lies between its
/// begin and its answer, or it has failed, and nothing else is said. The books of the provider prove it.</summary>
/// <remarks>A <see cref="Session"/> says what the environment can ask for.</remarks>
[NonParallelizable]
internal sealed class OncePropertyTests
{
    private static readonly string[] _required =
    [
        .. Coverage.All<OnceDeed>(), .. Coverage.All<BodyDeed>(), .. Coverage.All<RunEnd>(), .. Coverage.All<StoredOnceState>(),
        "Create.again after a failure", "Create.again in a later run", "Find.found", "Find.nothing", "Answer.again", "Once.nested", "Once.forgotten",
        "Final.changed", "Final.unsaved", "Final.unsaved earlier", "Damaged.Answered", "Damaged.Begun", "Damaged.Unsaved", "Store.fails before", "Store.fails after",
    ];

    [Test]
    public async Task A_body_runs_once_unless_a_crash_or_a_failure_leaves_it_open()
    {
        await new Session(cases: 500, _required).PlayAsync(OncePlan.Draw, (plan, coverage) => new OncePlayer(plan, coverage));
    }
}
