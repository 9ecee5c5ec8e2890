namespace AntFlow.Dataflow.Testing;

/// <summary>Something that each checkpoint store has to do, as a test that any test framework can run. See <see cref="CheckpointConformance.Cases"/>.</summary>
public sealed class ConformanceCase
{
    private readonly Func<OpenedPlace, Task> _run;

    private ConformanceCase(string topic, string name, Func<OpenedPlace, Task> run)
    {
        Topic = topic;
        Name = name;
        _run = run;
    }

    /// <summary>What it is about, such as <c>Ownership</c>: a name for groups of tests.</summary>
    public string Topic { get; }

    /// <summary>What the store has to do, as a sentence, such as <c>A run that was given up is free</c>. Unique in its topic; with the values in parentheses where a sentence is checked with
    /// several.</summary>
    public string Name { get; }

    /// <summary>Runs the case in a place: opens stores in it, and closes them, also when it fails. Takes from a few milliseconds to seconds. May run at the same time as other cases, each in a
    /// place of its own.</summary>
    /// <param name="place">An empty place, which is used by this call alone. The caller disposes it.</param>
    /// <returns>Ends without an error if the store does what it has to.</returns>
    /// <exception cref="Shouldly.ShouldAssertException">The store does something else. The message says what was expected.</exception>
    /// <remarks>What the store throws where it should not is thrown on. A store that does not answer ends in a <see cref="TimeoutException"/> where the case waits for it
    /// (<see cref="Waiting.Patience"/>).</remarks>
    public async Task RunAsync(CheckpointPlace place)
    {
        ArgumentNullException.ThrowIfNull(place);
        await using OpenedPlace opened = await OpenedPlace.OpenAsync(place);
        await _run(opened);
    }

    /// <summary>The topic and the name: <c>Ownership: A run that was given up is free</c>. Unique among all cases.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Topic}: {Name}";

    /// <summary>Makes a case of a call such as <c>c => c.A_run_is_free("x")</c>, whose name is the method's.</summary>
    internal static ConformanceCase Make(string topic, Func<OpenedPlace, Task> run, string call)
    {
        int begin = call.IndexOf("c.", StringComparison.Ordinal) + 2, open = call.IndexOf('(', begin), end = call.LastIndexOf(')');
        string sentence = call[begin..open].Replace('_', ' ');
        string values = call[(open + 1)..end];
        return new ConformanceCase(topic, values.Length == 0 ? sentence : $"{sentence} ({values})", run);
    }
}
