namespace AntFlow.Dataflow.Testing;

/// <summary>A requirement on every checkpoint store, as a test that any test framework can run. See <see cref="CheckpointConformance.Cases"/>.</summary>
public sealed class ConformanceCase
{
    private readonly Func<OpenedFixture, Task> _run;

    private ConformanceCase(string topic, string name, Func<OpenedFixture, Task> run)
    {
        Topic = topic;
        Name = name;
        _run = run;
    }

    /// <summary>Gets the topic, such as <c>Ownership</c>: a name for a group of tests.</summary>
    public string Topic { get; }

    /// <summary>Gets what the store must do, as a sentence, such as <c>A run that was given up is free</c>. Unique in its topic. If a sentence is checked with several values, it ends with the
    /// values in parentheses.</summary>
    public string Name { get; }

    /// <summary>Runs the case in a place: opens stores in it, and closes them, also when the case fails. Takes from a few milliseconds to several seconds. May run at the same time as other
    /// cases if each has its own place.</summary>
    /// <param name="fixture">An empty place that only this call uses. The caller disposes it.</param>
    /// <returns>A task that completes without an error if the store meets the requirement.</returns>
    /// <exception cref="Shouldly.ShouldAssertException">The store behaves differently. The message contains what was expected.</exception>
    /// <remarks>An unexpected exception of the store is passed on. If the store does not answer and the case waits for it, the case ends with a <see cref="TimeoutException"/>
    /// (<see cref="Waiting.Patience"/>).</remarks>
    public async Task RunAsync(CheckpointStoreFixture fixture)
    {
        ArgumentNullException.ThrowIfNull(fixture);
        await using OpenedFixture opened = await OpenedFixture.OpenAsync(fixture);
        await _run(opened);
    }

    /// <summary>Returns the topic and the name: <c>Ownership: A run that was given up is free</c>. Unique among all cases.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Topic}: {Name}";

    /// <summary>Creates a case from a call such as <c>c => c.A_run_is_free("x")</c>; its name is the name of the method.</summary>
    internal static ConformanceCase Make(string topic, Func<OpenedFixture, Task> run, string call)
    {
        int begin = call.IndexOf("c.", StringComparison.Ordinal) + 2, open = call.IndexOf('(', begin), end = call.LastIndexOf(')');
        string sentence = call[begin..open].Replace('_', ' ');
        string values = call[(open + 1)..end];
        return new ConformanceCase(topic, values.Length == 0 ? sentence : $"{sentence} ({values})", run);
    }
}
