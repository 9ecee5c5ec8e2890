using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Testing.Tests.Samples;

public sealed class RecipeSamples
{
    [Test]
    public async Task An_upload_survives_an_outage_of_two_hours()
    {
        // sample: recipe-clock
        var time = new SteppedTime();
        DateTimeOffset begin = time.GetUtcNow();
        Pipeline<string, string> pipeline = Uploads.Build(SendAsync, time);

        PipelineReport<string> report = await time.DriveAsync(pipeline.RunAsync(["a.txt"]));

        report.Results.Single().Attempts.ShouldBe(3);
        (time.GetUtcNow() - begin).ShouldBe(TimeSpan.FromHours(2), tolerance: TimeSpan.FromSeconds(1));

        // The server is down for the first two hours.
        async Task<string> SendAsync(string file, CancellationToken ct)
        {
            await Task.Yield();
            return time.GetUtcNow() - begin < TimeSpan.FromHours(2) ? throw new HttpRequestException("down") : $"{file} was sent";
        }
        // end
    }
}

// sample: recipe-uploads
public static class Uploads
{
    public static Pipeline<string, string> Build(Func<string, CancellationToken, Task<string>> send, TimeProvider time) => PipelineBuilder
        .Stage<string, string>("Send", send, workers: 4, s => s.Retry = RetryPolicy.Fixed(attempts: 5, delay: TimeSpan.FromHours(1)))
        .WithTimeProvider(time)
        .Build();
}
// end
