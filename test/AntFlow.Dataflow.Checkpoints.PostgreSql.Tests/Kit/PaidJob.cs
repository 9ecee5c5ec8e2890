using System.Collections.Concurrent;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;

/// <summary>A job that pays once for each item, and counts what it has paid.</summary>
internal sealed class PaidJob(ICheckpointStore store)
{
    private int _running;

    /// <summary>How often each item was paid for.</summary>
    public ConcurrentDictionary<string, int> Paid { get; } = new();

    /// <summary>Which items the second stage has had, in the order of their starts.</summary>
    public ConcurrentQueue<string> Saved { get; } = new();

    /// <summary>Bodies that pay wait here.</summary>
    public Gate<string> Paying { get; } = new();

    /// <summary>The tokens of the bodies that pay.</summary>
    public ConcurrentBag<CancellationToken> Tokens { get; } = [];

    /// <summary>How many bodies that pay are running.</summary>
    public int Running => _running;

    public TimeProvider Time { get; set; } = TimeProvider.System;

    public CheckpointOptions Options { get; set; } = new();

    public Pipeline<string, string> Make() => PipelineBuilder
        .StageWithContext<string, string>("Pay", (item, context) => context.OnceAsync("pay", token => PayAsync(item, token)), workers: 4)
        .Then("Save", (receipt, _) =>
        {
            Saved.Enqueue(receipt);
            return Task.FromResult(receipt);
        }, workers: 4)
        .IdentifyBy(item => item)
        .WithTimeProvider(Time)
        .WithCheckpoints(store, Options)
        .Build();

    private async Task<string> PayAsync(string item, CancellationToken cancellationToken)
    {
        Paid.AddOrUpdate(item, 1, (_, times) => times + 1);
        Tokens.Add(cancellationToken);
        Interlocked.Increment(ref _running);
        try
        {
            await Paying.PassAsync(item, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }

        return $"receipt of {item}";
    }
}
