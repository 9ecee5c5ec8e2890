using System.Text;

namespace AntFlow.Dataflow.Overloads;

/// <summary>The overloads of the executor: its functions get no context of a stage, and no value or one.</summary>
internal static class ExecutorOverloads
{
    // Priorities as for tasks of stages: an async function must never bind as one that makes a Task.
    private static readonly (int Priority, string Type, bool HasResult)[] _calls =
    [
        (7, "Func<CancellationToken, Task<TOut>>", true),
        (3, "Func<Task<TOut>>", true),
        (1, "Func<CancellationToken, Task>", false),
        (1, "Func<Task>", false),
        (0, "Func<TOut>", true),
        (-1, "Action", false),
    ];

    private static readonly (int Priority, string Type)[] _mapped =
    [
        (7, "Func<T, CancellationToken, Task<TOut>>"),
        (6, "Func<T, CancellationToken, ValueTask<TOut>>"),
        (3, "Func<T, Task<TOut>>"),
        (2, "Func<T, ValueTask<TOut>>"),
        (0, "Func<T, TOut>"),
        (0, "Func<T, CancellationToken, TOut>"),
    ];

    public static void WriteSubmit(StringBuilder text)
    {
        foreach ((int priority, string type, bool hasResult) in _calls)
        {
            SubmitDocs(text, hasResult ? "its result" : "its end");
            Refusal(text, type);
            Priority(text, priority);
            text.Append($"    public {(hasResult ? "Task<TOut> Submit<TOut>" : "Task Submit")}({type} task, SubmitOptions? options = null, CancellationToken cancellationToken = default) =>\n");
            text.Append("        Submit(CallForm.From(task), options, cancellationToken);\n\n");
        }
    }

    public static void WriteMap(StringBuilder text)
    {
        foreach ((int priority, string type) in _mapped)
        {
            MapDocs(text, "Calls a function for every value and collects the results. The first failure cancels the rest, waits for them, and is thrown.");
            Refusal(text, type);
            text.Append("    /// <returns>The results, in input order.</returns>\n");
            Priority(text, priority);
            text.Append($"    public Task<IReadOnlyList<TOut>> MapAsync<T, TOut>(IEnumerable<T> source, {type} task, MapOptions? options = null, CancellationToken cancellationToken = default) =>\n");
            text.Append("        MapAsync(MapSource.Of(source), CallForm.From(task), options, cancellationToken);\n\n");
        }
    }

    public static void WriteMapStream(StringBuilder text)
    {
        foreach (string kind in (string[])["IEnumerable", "IAsyncEnumerable"])
        {
            foreach ((int priority, string type) in _mapped)
            {
                MapDocs(text, "Calls a function for every value and gives the results as they come, in input order. A failure is thrown where its result would be; leaving early cancels the rest and waits for it.");
                Refusal(text, type);
                text.Append("    /// <returns>The results. Nothing begins before they are asked for; each reader has a map of its own.</returns>\n");
                Priority(text, priority);
                text.Append($"    public IAsyncEnumerable<TOut> MapStreamAsync<T, TOut>({kind}<T> source, {type} task, MapOptions? options = null, CancellationToken cancellationToken = default) =>\n");
                text.Append("        MapStream(() => MapSource.Of(source), CallForm.From(task), options, cancellationToken);\n\n");
            }
        }
    }

    private static void SubmitDocs(StringBuilder text, string future)
    {
        text.Append("    /// <summary>Has a function called by the next free worker; the most urgent call first.</summary>\n");
        text.Append("    /// <param name=\"task\">What to call. Its token is canceled by that of the call and when its time is over.</param>\n");
        text.Append("    /// <param name=\"options\">How to run it. Default: the defaults of the options.</param>\n");
        text.Append("    /// <param name=\"cancellationToken\">Cancels the call: at once if no attempt runs; a running one is told by its token. Default: none.</param>\n");
        text.Append($"    /// <returns>The future of the call: {future}, or what its last attempt threw, or canceled.</returns>\n");
        text.Append("    /// <exception cref=\"ExecutorShutdownException\">The executor was shut down.</exception>\n");
    }

    // Func<ValueTask<int>> is a Func<TOut>, too.
    private static void Refusal(StringBuilder text, string type)
    {
        if (type.EndsWith(" TOut>", StringComparison.Ordinal) || type == "Func<TOut>")
            text.Append("    /// <exception cref=\"ArgumentException\">What the function makes is a task itself, which would never be awaited.</exception>\n");
    }

    private static void MapDocs(StringBuilder text, string summary)
    {
        text.Append($"    /// <summary>{summary}</summary>\n");
        text.Append("    /// <param name=\"source\">The values. Pulled lazily: never more than the workers and a few ahead.</param>\n");
        text.Append("    /// <param name=\"task\">What to call for each.</param>\n");
        text.Append("    /// <param name=\"options\">How to run each call. Default: the defaults of the options.</param>\n");
        text.Append("    /// <param name=\"cancellationToken\">Cancels the map: calls that have not begun end, and running ones are told by their token. Default: none.</param>\n");
        text.Append("    /// <exception cref=\"ExecutorShutdownException\">The executor was shut down.</exception>\n");
    }

    private static void Priority(StringBuilder text, int priority)
    {
        if (priority != 0)
            text.Append($"    [OverloadResolutionPriority({priority})]\n");
    }
}
