using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

public sealed class OptionsTests
{
    private readonly InMemoryCheckpointStore _store = new();

    [Test]
    public void Defaults_are_what_the_docs_say()
    {
        var options = new CheckpointOptions();

        (options.MaxSaving, options.MaxSavingBytes, options.MaxCrashes, options.PersistInput, options.ResumeFailed).ShouldBe((1_024, 67_108_864, 3, false, false));
        (options.PipelineChangeHandling, options.UncertainAnswerHandling, options.GiveUpAfter).ShouldBe((PipelineChangeHandling.Refuse, UncertainAnswerHandling.RunAgain, TimeSpan.FromMinutes(5)));
    }

    private static IEnumerable<TestCaseData> Wrong =>
    [
        new TestCaseData(new CheckpointOptions { MaxSaving = 0 }, "CheckpointOptions.MaxSaving is 0; it must be at least 1."),
        new TestCaseData(new CheckpointOptions { MaxSavingBytes = 0 }, "CheckpointOptions.MaxSavingBytes is 0; it must be at least 1."),
        new TestCaseData(new CheckpointOptions { MaxCrashes = 0 }, "CheckpointOptions.MaxCrashes is 0; it must be at least 1."),
        new TestCaseData(new CheckpointOptions { PipelineChangeHandling = (PipelineChangeHandling)7 }, "PipelineChangeHandling is 7; it must be Refuse or RestartChangedStages."),
        new TestCaseData(new CheckpointOptions { UncertainAnswerHandling = (UncertainAnswerHandling)7 }, "UncertainAnswerHandling is 7; it must be RunAgain or Fail."),
        new TestCaseData(new CheckpointOptions { GiveUpAfter = TimeSpan.FromTicks(-1) }, "GiveUpAfter is -00:00:00.0000001; it must be at least 00:00:00."),
    ];

    [TestCaseSource(nameof(Wrong))]
    public void What_is_out_of_range_is_refused_when_the_pipeline_is_built(CheckpointOptions options, string says) =>
        Should.Throw<PipelineConfigurationException>(() => new Job(_store) { Options = options }.Make()).Message.ShouldContain(says);

    [Test]
    public void A_run_id_that_no_store_can_keep_is_refused_when_the_run_is_started()
    {
        Pipeline<string, string> pipeline = new Job(_store).Make();
        string tooLong = new('x', 1_234);

        Should.Throw<PipelineConfigurationException>(() => pipeline.Start(new RunOptions { RunId = tooLong, ResultCapacity = 0 })).Faults.ShouldBe(
            [
                "RunOptions.ResultCapacity is 0; it must be at least 1.",
                $"RunOptions.RunId is '{tooLong[..40]}...'; it must have at most 1000 bytes in UTF-8 with checkpoints: use a shorter one, such as a hash of it.",
            ]);
    }

    [Test]
    public async Task Whoever_starts_a_run_without_a_RunId_is_told_so()
    {
        Pipeline<string, string> pipeline = new Job(_store).Make();

        foreach (RunOptions? options in new RunOptions?[] { null, new RunOptions() })
        {
            Should.Throw<PipelineConfigurationException>(() => pipeline.Start(options)).Message.ShouldContain("RunId");
            Should.Throw<PipelineConfigurationException>(() => pipeline.AsBlock(options)).Message.ShouldContain("RunId");
            (await Task.Run(() => pipeline.RunAsync(["x"], options)).CatchAsync<PipelineConfigurationException>()).Message.ShouldContain("RunId");
            (await Task.Run(async () => await pipeline.StreamAsync(["x"], options).ToListAsync()).CatchAsync<PipelineConfigurationException>()).Message.ShouldContain("RunId");
        }

        (await _store.ReadRunsAsync().ToListAsync()).ShouldBeEmpty();
    }
}
