using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Issues;

public sealed class The_type_of_an_error_is_not_guessed
{
    [Test]
    public async Task It_is_the_type_of_the_exception_whatever_its_message_says()
    {
        PipelineReport<int> report = await Pipeline.RunAsync(
            [1], (int _) => throw new InvalidDataException("ValueError: TimeoutException: nothing like it"), workers: 1, retry: RetryPolicy.None);

        report.Errors.ByType.ShouldBe([new KeyValuePair<string, long>("InvalidDataException", 1)]);
        report.Errors.FailedItems.ShouldHaveSingleItem().ErrorType.ShouldBe("InvalidDataException");
        report.Errors.FailedItems[0].Error.ShouldBeSameAs(report.Results[0].Error);
    }
}
