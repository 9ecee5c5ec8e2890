using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints.Onces;

/// <summary>The shapes of answers are kept with the description of the pipeline, and none is lost by another one.</summary>
public sealed class AnswerContractsTests
{
    private static readonly PipelineDescription _pipeline = new("int", [new StageDescription("A", null, "String", "text")]);

    [Test]
    public void A_shape_is_written_until_it_is_durable()
    {
        var description = new StoredDescription(_pipeline);

        description.AddAnswer(7, "seven").ShouldBeTrue();
        description.AddAnswer(7, "seven").ShouldBeTrue();
        PipelineDescription.Parse(description.ToText()).Answers!.ShouldBe([new AnswerContract(7, "seven")]);
        description.OnAnswerStored(7);

        description.AddAnswer(7, "seven").ShouldBeFalse();
        description.FindAnswer(7).ShouldBe("seven");
        description.FindAnswer(8).ShouldBeNull();
    }

    [Test]
    public void What_the_store_has_is_not_written_again_and_stays()
    {
        var description = new StoredDescription(_pipeline with { Format = ContractFormat.Current, Answers = [new AnswerContract(7, "seven")] });

        description.FindAnswer(7).ShouldBe("seven");
        description.AddAnswer(7, "seven").ShouldBeFalse();
        description.AddAnswer(9, "nine").ShouldBeTrue();
        PipelineDescription.Parse(description.ToText()).Answers!.Count.ShouldBe(2);
    }

    [Test]
    public void A_later_batch_never_has_less_of_it_than_an_earlier_one()
    {
        var description = new StoredDescription(_pipeline);
        description.AddAnswer(7, "seven");
        var first = new NoteWrite { Description = description.ToText };
        description.AddAnswer(9, "nine");
        var second = new NoteWrite { Description = description.ToText };
        var builder = new BatchBuilder();

        // Both calls were on their way, and the later one came to the writer first.
        builder.Add(second);
        builder.Build().Batch.Description.ShouldBe(description.ToText());
        builder.Add(new NoteWrite());
        builder.Build().Batch.Description.ShouldBeNull();
        builder.Add(first);
        builder.Build().Batch.Description.ShouldBe(description.ToText());
    }

    [Test]
    public void The_shapes_are_guarded_and_older_descriptions_have_none()
    {
        string text = (_pipeline with { Format = ContractFormat.Current, Answers = [new AnswerContract(7, "seven")] }).ToText();

        Should.Throw<InvalidDataException>(() => PipelineDescription.Parse(text.Replace("seven", "eleven", StringComparison.Ordinal)));
        _pipeline.ToText().ShouldNotContain("Answers");
        PipelineDescription.Parse(_pipeline.ToText()).Answers.ShouldBeNull();
    }
}
