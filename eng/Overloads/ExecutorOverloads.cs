using System.Text;

namespace AntFlow.Dataflow.Overloads;

/// <summary>Writes the overloads of the executor, whose functions get no stage context, and either no value or one.</summary>
internal static class ExecutorOverloads
{
    // The priorities are those of stage tasks: an async function must never bind as a function that returns a Task as its value.
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
            SubmitDocs(text, hasResult ? "the result" : "the end of the call");
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
            MapDocs(text, "Calls a function for every value and collects the results. The first failure cancels the other calls; it is thrown once these have ended.");
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
                MapDocs(text, "Calls a function for every value and returns the results as they become available, in input order. A failure is thrown in the position of its result. Leaving the enumeration early cancels the other calls and waits for them.");
                Refusal(text, type);
                text.Append("    /// <returns>The results. The calls start when the results are enumerated; each enumeration makes its own calls.</returns>\n");
                Priority(text, priority);
                text.Append($"    public IAsyncEnumerable<TOut> MapStreamAsync<T, TOut>({kind}<T> source, {type} task, MapOptions? options = null, CancellationToken cancellationToken = default) =>\n");
                text.Append("        MapStream(() => MapSource.Of(source), CallForm.From(task), options, cancellationToken);\n\n");
            }
        }
    }

    private static void SubmitDocs(StringBuilder text, string future)
    {
        text.Append("    /// <summary>Submits a call of a function to the next free worker; the most urgent call goes first.</summary>\n");
        text.Append("    /// <param name=\"task\">The function to call. Its token is canceled when the call is canceled or its time limit has passed.</param>\n");
        text.Append("    /// <param name=\"options\">How to run the call. Default: the defaults of the options.</param>\n");
        text.Append("    /// <param name=\"cancellationToken\">Cancels the call: at once if no attempt runs, else by canceling the token of the attempt. Default: none.</param>\n");
        text.Append($"    /// <returns>The future of the call: it completes with {future}, faults with the exception of the last attempt, or is canceled.</returns>\n");
        text.Append("    /// <exception cref=\"ExecutorShutdownException\">The executor was shut down.</exception>\n");
    }

    // Func<ValueTask<int>> is a Func<TOut>, too.
    private static void Refusal(StringBuilder text, string type)
    {
        if (type.EndsWith(" TOut>", StringComparison.Ordinal) || type == "Func<TOut>")
            text.Append("    /// <exception cref=\"ArgumentException\">The output type of the function is a task, which would never be awaited.</exception>\n");
    }

    private static void MapDocs(StringBuilder text, string summary)
    {
        text.Append($"    /// <summary>{summary}</summary>\n");
        text.Append("    /// <param name=\"source\">The values. They are enumerated lazily, ahead of the calls by at most the number of workers and a few more.</param>\n");
        text.Append("    /// <param name=\"task\">The function to call for each value.</param>\n");
        text.Append("    /// <param name=\"options\">How to run each call. Default: the defaults of the options.</param>\n");
        text.Append("    /// <param name=\"cancellationToken\">Cancels the map: calls that have not started are canceled, and so are the tokens of running calls. Default: none.</param>\n");
        text.Append("    /// <exception cref=\"ExecutorShutdownException\">The executor was shut down.</exception>\n");
    }

    private static void Priority(StringBuilder text, int priority)
    {
        if (priority != 0)
            text.Append($"    [OverloadResolutionPriority({priority})]\n");
    }
}
