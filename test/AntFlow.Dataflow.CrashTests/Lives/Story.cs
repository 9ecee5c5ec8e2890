namespace AntFlow.Dataflow.CrashTests.Lives;

/// <summary>All lives of a run, and what the provider has made for it.</summary>
/// <param name="Items">How many items there are.</param>
/// <param name="Lives">The lives. In the last one everything is fed again, to be asked for its result.</param>
/// <param name="Made">What the provider has made.</param>
internal sealed record Story(int Items, IReadOnlyList<Life> Lives, IReadOnlyList<LedgerLine> Made)
{
    /// <summary>Whether the end of an attempt is noted before its item goes to the store.</summary>
    public bool EndsAreNotedAtOnce { get; init; } = true;

    public IEnumerable<string> Ids => Enumerable.Range(0, Items).Select(item => $"n:{item}");
}
