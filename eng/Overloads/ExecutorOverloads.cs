using System.Text;

namespace AntFlow.Dataflow.Overloads;

/// <summary>The overloads of the executor: its functions get no context of a stage, and no, one or two values.</summary>
internal static class ExecutorOverloads
{
    // Priorities as for tasks of stages: an async function must never bind as one that makes a Task.
    private static readonly (int Priority, string Token, string Result)[] _forms =
    [
        (7, "CancellationToken, ", "Task<TOut>"),
        (6, "CancellationToken, ", "ValueTask<TOut>"),
        (3, "", "Task<TOut>"),
        (2, "", "ValueTask<TOut>"),
        (0, "", "TOut"),
        (0, "CancellationToken, ", "TOut"),
    ];

    private static readonly (int Priority, string Type)[] _resultless =
    [
        (1, "Func<CancellationToken, Task>"),
        (1, "Func<Task>"),
        (-1, "Action"),
        (-1, "Action<CancellationToken>"),
    ];

    public static void WriteSubmit(StringBuilder text)
    {
        foreach ((int priority, string token, string result) in _forms)
        {
            SubmitDocs(text, "its result");
            Priority(text, priority);
            text.Append($"    public Task<TOut> Submit<TOut>(Func<{token}{result}> task, SubmitOptions? options = null) =>\n");
            text.Append("        Submit(CallForm.From(task), options);\n\n");
        }

        foreach ((int priority, string type) in _resultless)
        {
            SubmitDocs(text, "its end");
            Priority(text, priority);
            text.Append($"    public Task Submit({type} task, SubmitOptions? options = null) =>\n");
            text.Append("        Submit(CallForm.From(task), options);\n\n");
        }
    }

    public static void WriteMap(StringBuilder text) => WriteMaps(text, (source, form, docs) =>
    {
        docs("Calls a function for every value and collects the results. The first failure cancels the rest, waits for them, and is thrown.");
        text.Append("    /// <returns>The results, in input order.</returns>\n");
        Priority(text, form.Priority);
        text.Append($"    public Task<IReadOnlyList<TOut>> MapAsync<{source.Types}>({source.Parameters}, Func<{source.Values}, {form.Token}{form.Result}> task, MapOptions? options = null) =>\n");
        text.Append($"        MapAsync({source.Open}, {source.Form}, options);\n\n");
    });

    public static void WriteMapStream(StringBuilder text) => WriteMaps(text, (source, form, docs) =>
    {
        docs("Calls a function for every value and gives the results as they come, in input order. A failure is thrown where its result would be; leaving early cancels the rest and waits for it.");
        text.Append("    /// <returns>The results. Nothing begins before they are asked for; each reader has a map of its own.</returns>\n");
        Priority(text, form.Priority);
        text.Append($"    public IAsyncEnumerable<TOut> MapStreamAsync<{source.Types}>({source.Parameters}, Func<{source.Values}, {form.Token}{form.Result}> task, MapOptions? options = null) =>\n");
        text.Append($"        MapStream(() => {source.Open}, {source.Form}, options);\n\n");
    });

    private static void WriteMaps(StringBuilder text, Action<Source, (int Priority, string Token, string Result), Action<string>> write)
    {
        foreach (Source source in Sources())
        {
            foreach ((int Priority, string Token, string Result) form in _forms)
                write(source, form, summary => MapDocs(text, summary, source));
        }
    }

    private static IEnumerable<Source> Sources()
    {
        string[] kinds = ["IEnumerable", "IAsyncEnumerable"];
        foreach (string kind in kinds)
            yield return new Source("T, TOut", $"{kind}<T> source", "T", "MapSource.Of(source)", "CallForm.From(task)");
        foreach (string left in kinds)
        {
            foreach (string right in kinds)
            {
                yield return new Source(
                    "TLeft, TRight, TOut",
                    $"{left}<TLeft> lefts, {right}<TRight> rights",
                    "TLeft, TRight",
                    "MapSource.Zip(MapSource.Of(lefts), MapSource.Of(rights))",
                    "CallForm.From(task)");
            }
        }
    }

    private static void SubmitDocs(StringBuilder text, string future)
    {
        text.Append("    /// <summary>Has a function called by the next free worker; the most urgent call first.</summary>\n");
        text.Append("    /// <param name=\"task\">What to call. Its token is canceled by that of the options and when its time is over.</param>\n");
        text.Append("    /// <param name=\"options\">How to run it. Default: the defaults of the options.</param>\n");
        text.Append($"    /// <returns>The future of the call: {future}, or what its last attempt threw, or canceled.</returns>\n");
        text.Append("    /// <exception cref=\"ExecutorShutdownException\">The executor was shut down.</exception>\n");
    }

    private static void MapDocs(StringBuilder text, string summary, Source source)
    {
        text.Append($"    /// <summary>{summary}</summary>\n");
        if (source.Parameters.Contains("rights", StringComparison.Ordinal))
        {
            text.Append("    /// <param name=\"lefts\">The first values. Pulled lazily: never more than the workers and a few ahead. The map ends with the shorter source.</param>\n");
            text.Append("    /// <param name=\"rights\">The second values.</param>\n");
        }
        else
        {
            text.Append("    /// <param name=\"source\">The values. Pulled lazily: never more than the workers and a few ahead.</param>\n");
        }

        text.Append("    /// <param name=\"task\">What to call for each.</param>\n");
        text.Append("    /// <param name=\"options\">How to run each call. Default: the defaults of the options.</param>\n");
        text.Append("    /// <exception cref=\"ExecutorShutdownException\">The executor was shut down.</exception>\n");
    }

    private static void Priority(StringBuilder text, int priority)
    {
        if (priority != 0)
            text.Append($"    [OverloadResolutionPriority({priority})]\n");
    }

    /// <summary>One way to give the values.</summary>
    private sealed record Source(string Types, string Parameters, string Values, string Open, string Form);
}
