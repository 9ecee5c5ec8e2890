using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Notes of which attempts run, where the store takes its time.</summary>
public sealed class StartMarksTests
{
    [Test]
    public async Task A_store_that_never_answers_to_the_note_of_a_start_does_not_keep_a_canceled_run()
    {
        var store = new FragileStore(new InMemoryCheckpointStore());
        var marking = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Marking = () =>
        {
            marking.TrySetResult();
            return answer.Task;
        };
        PipelineRun<string, string> run = PipelineBuilder.Stage<string, string>("A", item => item).IdentifyBy(item => item).WithCheckpoints(store).Build().Start(Lives.Nightly);
        await run.FeedAsync(["x"]).InTime();
        await marking.Task.InTime();

        run.Cancel();

        (await run.Completion.InTime()).CanceledCount.ShouldBe(1);
        answer.SetResult();
        // What comes late leaves no mark: the next start finds nothing that was interrupted.
        await Waiting.UntilAsync(() => store.Calls.Count(call => call == nameof(ICheckpointRun.MarkEnded)) >= 2);
    }
}
