namespace AntFlow.Dataflow.Overloads;

/// <summary>One way to write a task.</summary>
/// <param name="Priority">Its overload resolution priority.</param>
/// <param name="Pattern">The delegate type; {0} is the input type of the task, {1} its output type.</param>
/// <param name="Keeps">Whether the task returns nothing, so that the item continues with its own value.</param>
internal sealed record Form(int Priority, string Pattern, bool Keeps)
{
    public bool TakesContext => Pattern.Contains("StageContext", StringComparison.Ordinal);

    public string Type(string input, string output) => Pattern.Replace("{0}", input, StringComparison.Ordinal).Replace("{1}", output, StringComparison.Ordinal);
}
