using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Testing.Tests.Samples;

public sealed class BodySamples
{
    [Test]
    public async Task A_body_that_takes_a_context_is_called_by_itself()
    {
        // sample: body
        int created = 0;

        async Task<string> SubmitAsync(string order, StageContext context)
        {
            context.SetStatus("submitting");
            string batch = await context.OnceAsync("batch", _ => Task.FromResult($"batch {++created} of {order}"));
            return context.Attempt == 1 ? throw new HttpRequestException("busy") : batch;
        }

        var first = new StageContext { ItemId = "order-17", Stage = "Submit" };
        await Should.ThrowAsync<HttpRequestException>(() => SubmitAsync("cake", first));
        first.TaskStatus.ShouldBe("submitting");

        StageContext second = first.NextAttempt();
        (await SubmitAsync("cake", second)).ShouldBe("batch 1 of cake");   // the batch was created once
        // end
    }

    [Test]
    public async Task A_callback_is_called_with_what_it_gets_in_a_run()
    {
        // sample: callback
        List<string> told = [];

        ValueTask TellAsync(ItemFailed<string> failed, CancellationToken ct)
        {
            told.Add($"{failed.Input} failed in {failed.Stage}: {failed.Error.Message}");
            return ValueTask.CompletedTask;
        }

        await TellAsync(
            new ItemFailed<string>
            {
                ItemId = "order-17",
                Input = "cake",
                Stage = "Submit",
                Worker = "Submit-W0",
                Attempts = 3,
                Elapsed = TimeSpan.FromSeconds(9),
                Error = new HttpRequestException("busy"),
            },
            CancellationToken.None);

        told.ShouldBe(["cake failed in Submit: busy"]);
        // end
    }
}
