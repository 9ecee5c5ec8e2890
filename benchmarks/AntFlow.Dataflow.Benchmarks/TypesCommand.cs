using System.Collections.Concurrent;
using System.Diagnostics.Tracing;

namespace AntFlow.Dataflow.Benchmarks;

/// <summary>Which types of the library an attempt passes: <c>types</c>. Prints those whose methods run when a queued item passes a stage and do not run while it stays queued.</summary>
/// <remarks>By what the runtime compiles: a method is compiled at its first call, and not before. So each case needs a process of its own, without code that was compiled in advance or inlined.</remarks>
internal static class TypesCommand
{
    private const string Library = "AntFlow.Dataflow.";

    public static async Task<int> RunAsync(string what)
    {
        bool fails = what switch
        {
            "success" => false,
            "failure" => true,
            _ => throw new ArgumentException($"There is no case '{what}'; there are success and failure."),
        };
        using var compiled = new CompiledMethods();
        var isThrough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int calls = 0;
        // An attempt that succeeds is through when the next stage has the item, one that fails when there is another one.
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (int x) =>
        {
            await Task.Yield();
            if (++calls > 1)
                await EndAsync();
            return fails && calls == 1 ? throw new TimeoutException() : x;
        }, workers: 1, s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromMilliseconds(1))).Then("B", async (int x) =>
        {
            await EndAsync();
            return x;
        }, workers: 1).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        run.Pause();
        run.Resume();
        run.Pause();
        await run.FeedOneAsync(1);
        string[] before = await compiled.TakeAsync();
        run.Resume();
        await isThrough.Task;
        string[] types = [.. (await compiled.TakeAsync()).Select(TypeOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        open.SetResult();
        Console.WriteLine($"{types.Length} types ({before.Length} methods were compiled before):");
        foreach (string type in types)
            Console.WriteLine(type);
        return 0;

        Task EndAsync()
        {
            isThrough.TrySetResult();
            return open.Task;
        }
    }

    // A state machine, a lambda or a nested type belongs to the type that declares it; type arguments are left out.
    private static string TypeOf(string method)
    {
        string type = method.Split('!')[0];
        return type.Split('+', '`', '[')[0];
    }

    private sealed class CompiledMethods : EventListener
    {
        private const int JustInTime = 0x10;

        // The runtime tells of a method a while after it has compiled it.
        private static readonly TimeSpan _late = TimeSpan.FromSeconds(2);
        private readonly ConcurrentQueue<string> _methods = new();

        public async Task<string[]> TakeAsync()
        {
            await Task.Delay(_late, TimeProvider.System);
            List<string> taken = [];
            while (_methods.TryDequeue(out string? method))
                taken.Add(method);
            return [.. taken];
        }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
                EnableEvents(eventSource, EventLevel.Verbose, (EventKeywords)JustInTime);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName?.StartsWith("MethodLoadVerbose", StringComparison.Ordinal) != true)
                return;
            string type = (string)eventData.Payload![6]!;
            if (type.StartsWith(Library, StringComparison.Ordinal) && !type.StartsWith("AntFlow.Dataflow.Benchmarks", StringComparison.Ordinal))
                _methods.Enqueue($"{type}!{eventData.Payload[7]}");
        }
    }
}
