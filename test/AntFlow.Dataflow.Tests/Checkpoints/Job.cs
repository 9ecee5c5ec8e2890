using System.Collections.Concurrent;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>A job of three stages that counts what it does, and can be killed: then the run of the store is left as a crashed process leaves it.</summary>
internal sealed class Job(ICheckpointStore store)
{
    /// <summary>Which stage has run which item, in this start and those before.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>What a stage does with an item besides, before it returns.</summary>
    public Func<string, string, CancellationToken, Task> Body { get; set; } = (_, _, _) => Task.CompletedTask;

    public CheckpointOptions Options { get; set; } = new();

    public Func<PipelineBuilder<string, string>, PipelineBuilder<string, string>> Build { get; set; } = builder => builder;

    public RetryPolicy Retry { get; set; } = RetryPolicy.None;

    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>The version of stage B.</summary>
    public string? VersionOfB { get; set; }

    public Func<ItemSucceeded<string, string>, CancellationToken, ValueTask>? OnSuccess { get; set; }

    public Pipeline<string, string> Make() =>
        Build(PipelineBuilder.Stage<string, string>("A", (x, ct) => DoAsync("A", x, ct), workers: 2, Configure)
            .Then("B", (x, ct) => DoAsync("B", x, ct), workers: 2, s =>
            {
                Configure(s);
                s.Version = VersionOfB;
            })
            .Then("C", (x, ct) => DoAsync("C", x, ct), workers: 2, Configure)
            .IdentifyBy(x => x)
            .WithTimeProvider(Time)
            .WithCheckpoints(store, Options))
            .Build();

    public Task<PipelineReport<string>> RunAsync(params string[] items) => Make().RunAsync(items, new RunOptions { RunId = "nightly" });

    public string[] CallsOf(string item) => [.. Calls.Where(call => call.EndsWith(" " + item, StringComparison.Ordinal)).Select(call => call[..1])];

    private async Task<string> DoAsync(string stage, string value, CancellationToken cancellationToken)
    {
        string item = value.TrimEnd('a', 'b', 'c');
        Calls.Enqueue($"{stage} {item}");
        await Body(stage, item, cancellationToken);
        return value + stage.ToLowerInvariant();
    }

    private void Configure(StageOptions<string, string> options)
    {
        options.Retry = Retry;
        options.OnSuccess = OnSuccess;
    }
}
