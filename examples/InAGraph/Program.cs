// A pipeline as one block of an existing graph. The block outputs failed items as results, like all other items:
// no exception reaches the graph, and two links with filters separate failed items from the others.
using System.Threading.Tasks.Dataflow;
using AntFlow.Dataflow;

Pipeline<string, string> translate = PipelineBuilder
    .Stage<string, string>("Translate", TranslateAsync, workers: 4, s => s.Retry = RetryPolicy.Fixed(attempts: 2, delay: TimeSpan.FromMilliseconds(10)))
    .IdentifyBy(word => word)
    .Build();

List<string> german = [];
List<string> unknown = [];

var texts = new BufferBlock<string>();
var words = new TransformManyBlock<string, string>(text => text.Split(' '));
PipelineBlock<string, string> translator = translate.AsBlock(new RunOptions { OrderResults = true });
var good = new ActionBlock<PipelineResult<string>>(WriteAsync, new ExecutionDataflowBlockOptions { BoundedCapacity = 1 });
var bad = new ActionBlock<PipelineResult<string>>(r => unknown.Add($"{r.ItemId} ({r.Error?.Message}, {r.Attempts} attempts)"));

var propagate = new DataflowLinkOptions { PropagateCompletion = true };
texts.LinkTo(words, propagate);
words.LinkTo(translator, propagate);
translator.LinkTo(good, propagate, r => r.IsSuccess);
translator.LinkTo(bad, propagate, r => !r.IsSuccess);   // without a filter it would also get results that 'good' has no room for

texts.Post("the ant carries a crumb");
texts.Post("the xyzzy sleeps");
texts.Complete();
await Task.WhenAll(good.Completion, bad.Completion);

PipelineReport<string> report = await translator.Run.Completion;
Console.WriteLine($"German:  {string.Join(' ', german)}");
Console.WriteLine($"Unknown: {string.Join(", ", unknown)}");
Console.WriteLine($"Report:  {report.SucceededCount} succeeded, {report.FailedCount} failed");

async Task WriteAsync(PipelineResult<string> result)
{
    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
    german.Add(result.Value!);
}

static async Task<string> TranslateAsync(string word, CancellationToken ct)
{
    await Task.Delay(TimeSpan.FromMilliseconds(word.Length), TimeProvider.System, ct);
    return word switch
    {
        "the" => "die",
        "ant" => "Ameise",
        "carries" => "traegt",
        "a" => "einen",
        "crumb" => "Kruemel",
        "sleeps" => "schlaeft",
        _ => throw new KeyNotFoundException("no such word"),
    };
}
