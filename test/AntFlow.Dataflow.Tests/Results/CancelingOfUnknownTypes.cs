using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Results;

public sealed class CancelingOfUnknownTypes
{
    [Test]
    public async Task What_does_not_know_the_type_of_the_results_catches_the_exception_and_has_the_report()
    {
        var gate = new Gate<int>();
        using var cancel = new CancellationTokenSource();
        Task<PipelineReport<string>> running = PipelineBuilder.Stage<int, string>("A", async (x, ct) =>
        {
            await gate.PassAsync(x, ct);
            return "";
        }).RunAsync([1, 2], cancellationToken: cancel.Token);
        await gate.WhenArrivedAsync(1);

        await cancel.CancelAsync();
        PipelineReport report;
        try
        {
            await running.InTime();
            throw new InvalidOperationException("Nothing was thrown.");
        }
        catch (PipelineCanceledException canceled)
        {
            report = canceled.Report;
            canceled.ShouldBeOfType<PipelineCanceledException<string>>().Report.ShouldBeSameAs(report);
            canceled.CancellationToken.ShouldBe(cancel.Token);
        }

        report.CanceledCount.ShouldBe(2);
    }
}
