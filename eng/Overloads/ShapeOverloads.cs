using System.Text;

namespace AntFlow.Dataflow.Overloads;

/// <summary>Writes the overloads of the stages that decide what becomes of an item: filters, switches and polls. Their functions return a value in every form of a task.</summary>
internal static class ShapeOverloads
{
    private static readonly Form[] _forms =
    [
        new(7, "Func<{0}, CancellationToken, Task<{1}>>", false),
        new(6, "Func<{0}, CancellationToken, ValueTask<{1}>>", false),
        new(3, "Func<{0}, Task<{1}>>", false),
        new(2, "Func<{0}, ValueTask<{1}>>", false),
        new(0, "Func<{0}, {1}>", false),
        new(0, "Func<{0}, CancellationToken, {1}>", false),
    ];

    private static readonly Form[] _contextForms =
    [
        new(3, "Func<{0}, StageContext, Task<{1}>>", false),
        new(2, "Func<{0}, StageContext, ValueTask<{1}>>", false),
        new(0, "Func<{0}, StageContext, {1}>", false),
    ];

    // The common forms, for stages as objects.
    private static readonly Form[] _createForms =
    [
        new(7, "Func<{0}, CancellationToken, Task<{1}>>", false),
        new(3, "Func<{0}, Task<{1}>>", false),
        new(0, "Func<{0}, {1}>", false),
    ];

    public static void WriteThen(StringBuilder text)
    {
        WriteBoth(text, "ThenWhere", WriteWhere);
        WriteBoth(text, "ThenSwitch", WriteSwitch);
        WriteBoth(text, "ThenPoll", WritePoll);
    }

    public static void WriteCreate(StringBuilder text)
    {
        foreach (Form form in _createForms)
        {
            Where(text, "Creates a stage that lets through the items for which a predicate returns true");
            End(text, form, "The stage.");
            text.Append($"    public static Stage<T, T> CreateWhere<T>(string name, {form.Type("T", "bool")} predicate, int? workers = null, Action<StageOptions<T, T>>? configure = null) =>\n");
            text.Append("        Stage<T, T>.OfForm(name, TaskForm.From(predicate), workers, configure, _ => StageForm.OfWhere(name));\n\n");
        }

        foreach (Form form in _createForms)
        {
            Poll(text, "Creates a stage that looks at each item again and again until there is an answer");
            text.Append("    /// <typeparam name=\"TIn\">The input type of the stage.</typeparam>\n");
            text.Append("    /// <typeparam name=\"TOut\">The output type of the stage.</typeparam>\n");
            End(text, form, "The stage.");
            text.Append($"    public static Stage<TIn, TOut> CreatePoll<TIn, TOut>(string name, {form.Type("TIn", "Poll<TOut>")} poll, TimeSpan every, int? workers = null, Action<PollOptions<TIn, TOut>>? configure = null) =>\n");
            text.Append("        Stage<TIn, TOut>.OfPoll(name, TaskForm.From(poll), every, workers, configure);\n\n");
        }
    }

    private static void WriteBoth(StringBuilder text, string verb, Action<StringBuilder, string, Form> write)
    {
        foreach (Form form in _forms)
            write(text, verb, form);
        foreach (Form form in _contextForms)
            write(text, $"{verb}WithContext", form);
    }

    private static void WriteWhere(StringBuilder text, string verb, Form form)
    {
        Where(text, "Adds a stage that lets through the items for which a predicate returns true");
        End(text, form, "A builder with the stage added; this one does not change.");
        text.Append($"    public PipelineBuilder<TIn, TOut> {verb}(string name, {form.Type("TOut", "bool")} predicate, int? workers = null, Action<StageOptions<TOut, TOut>>? configure = null) =>\n");
        text.Append("        Then(Stage<TOut, TOut>.OfForm(name, TaskForm.From(predicate), workers, configure, _ => StageForm.OfWhere(name)));\n\n");
    }

    private static void WriteSwitch(StringBuilder text, string verb, Form form)
    {
        text.Append("    /// <summary>Adds a stage that passes each item on to the branch of its key. All branches lead to what is added next.</summary>\n");
        text.Append("    /// <remarks>An item whose key has no case and for which there is no default fails with a <see cref=\"NoRouteException\"/> and is not retried. Items of different branches overtake one another.</remarks>\n");
        Name(text);
        text.Append("    /// <param name=\"key\">Returns the key of an item. Called by a worker; a failed call is retried like a task.</param>\n");
        text.Append("    /// <param name=\"routes\">Adds the branches: <c>routes => routes.Case(Kind.Html, b => b.Then(\"Html\", ParseHtml)).Default(b => b)</c>. Called immediately.</param>\n");
        Common(text);
        text.Append("    /// <typeparam name=\"TKey\">The type of the keys. Keys are compared by its default comparer.</typeparam>\n");
        text.Append("    /// <typeparam name=\"TNext\">The type of the values that the branches pass on.</typeparam>\n");
        End(text, form, "A builder with the switch and its branches added; this one does not change.");
        text.Append($"    public PipelineBuilder<TIn, TNext> {verb}<TKey, TNext>(\n        string name, {form.Type("TOut", "TKey")} key, Func<Routes<TOut, TKey>, Routes<TOut, TKey, TNext>> routes, int? workers = null, Action<StageOptions<TOut, TOut>>? configure = null) =>\n");
        text.Append("        Switch(name, TaskForm.From(key), routes, workers, configure);\n\n");
    }

    private static void WritePoll(StringBuilder text, string verb, Form form)
    {
        Poll(text, "Adds a stage that looks at each item again and again until there is an answer");
        text.Append("    /// <typeparam name=\"TNext\">The type of the values that the stage passes on.</typeparam>\n");
        End(text, form, "A builder with the stage added; this one does not change.");
        text.Append($"    public PipelineBuilder<TIn, TNext> {verb}<TNext>(string name, {form.Type("TOut", "Poll<TNext>")} poll, TimeSpan every, int? workers = null, Action<PollOptions<TOut, TNext>>? configure = null) =>\n");
        text.Append("        Then(Stage<TOut, TNext>.OfPoll(name, TaskForm.From(poll), every, workers, configure));\n\n");
    }

    private static void Where(StringBuilder text, string summary)
    {
        text.Append($"    /// <summary>{summary}. The others end here: their status is <see cref=\"ResultStatus.Filtered\"/>, which is no failure.</summary>\n");
        text.Append("    /// <remarks>An item that <c>SkipIf</c> skips passes without being asked about. <c>OnSuccess</c> is called for the items that pass.</remarks>\n");
        Name(text);
        text.Append("    /// <param name=\"predicate\">Returns whether an item passes. Called by a worker; a failed call is retried like a task.</param>\n");
        Common(text);
    }

    private static void Poll(StringBuilder text, string summary)
    {
        text.Append($"    /// <summary>{summary}. Between two looks an item holds no worker.</summary>\n");
        text.Append("    /// <remarks>Set <c>ItemTimeout</c>: without it, an item whose answer never comes is looked at forever. With checkpoints, a look that finds no answer writes nothing to the store.</remarks>\n");
        Name(text);
        text.Append("    /// <param name=\"poll\">Looks at an item, and returns <c>Poll.Again</c>, <c>Poll.After(time)</c>, <c>Poll.Done(value)</c> or <c>Poll.Failed(error)</c>. Called by a worker; an exception follows the retry policy, whose attempts count from the last look that succeeded.</param>\n");
        text.Append("    /// <param name=\"every\">The time between two looks, from the end of one to the start of the next; varied by <c>Jitter</c>. Above zero and at most 49 days. The first look comes after the same time, unless <c>First</c> is set.</param>\n");
        Common(text);
    }

    private static void Name(StringBuilder text) => text.Append("    /// <param name=\"name\">The name of the stage, unique in its pipeline.</param>\n");

    private static void Common(StringBuilder text)
    {
        text.Append("    /// <param name=\"workers\">The number of workers of the stage, from 1 to 100,000. Default: 1.</param>\n");
        text.Append("    /// <param name=\"configure\">Sets the options of the stage. It is called immediately, after <paramref name=\"workers\"/> is applied, and overrides it. Default: no further options.</param>\n");
    }

    private static void End(StringBuilder text, Form form, string returns)
    {
        text.Append($"    /// <returns>{returns}</returns>\n");
        if (form.Priority != 0)
            text.Append($"    [OverloadResolutionPriority({form.Priority})]\n");
    }
}
