// Claims come in. A filter drops the empty ones, small claims are paid at once, and large ones wait for an expert, who is asked again and again without a worker for each.
// Two claims of one customer are never paid at the same time.
using System.Collections.Concurrent;
using AntFlow.Dataflow;
using AntFlow.Dataflow.Shapes;

// The desk of the experts: each claim is decided when it was asked about for the third time.
var looks = new ConcurrentDictionary<int, int>();

Pipeline<Claim, string> pipeline = PipelineBuilder.Of<Claim>()
    .ThenWhere("Valid", claim => claim.Amount > 0)
    .ThenSwitch("Size", claim => claim.Amount < 1_000, size => size
        .Case(true, small => small.Then("Accept", claim => claim with { Note = "accepted" }))
        .Case(false, large => large.ThenPoll("Expert", AskExpertAsync, every: TimeSpan.FromMilliseconds(50), workers: 2, s => s.ItemTimeout = TimeSpan.FromMinutes(1))))
    .Then("Pay", PayAsync, workers: 4, s => s.SerialBy = claim => claim.Customer)
    .Build();

PipelineReport<string> report = await pipeline.RunAsync(
[
    new Claim(1, "Ada", 120), new Claim(2, "Ben", 0), new Claim(3, "Ada", 5_000), new Claim(4, "Cy", 800), new Claim(5, "Ben", 9_000),
]);

foreach (PipelineResult<string> result in report.Results)
    Console.WriteLine(result.IsSuccess ? result.Value : $"claim {result.Sequence + 1}: {result.Status}");
Console.WriteLine($"{report.SucceededCount} paid, {report.FilteredCount} filtered out, {report.FailedCount} failed");
Console.WriteLine(report.Snapshot.ToMermaid());

async Task<Poll<Claim>> AskExpertAsync(Claim claim, CancellationToken ct)
{
    await Task.Yield();
    ct.ThrowIfCancellationRequested();
    int look = looks.AddOrUpdate(claim.Number, 1, (_, count) => count + 1);
    return look < 3 ? Poll.Again : Poll.Done(claim with { Note = claim.Amount < 6_000 ? "approved" : "reduced" });
}

static async Task<string> PayAsync(Claim claim, CancellationToken ct)
{
    await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, ct);
    return $"claim {claim.Number} of {claim.Customer}: {claim.Note}";
}

internal sealed record Claim(int Number, string Customer, decimal Amount, string Note = "");
