namespace AntFlow.Dataflow.Benchmarks.Gate;

/// <summary>Whether the gate notices an engine that has become slower: with 200 ns of work at each step of an item, every throughput row must miss its limit.</summary>
public static class SelfTest
{
    /// <summary>The switch that makes the engine work for nothing, read by it once.</summary>
    public const string Switch = "AntFlow.Dataflow.Handicap";

    /// <summary>The rows that have not missed their limit, although the engine was slowed down: the gate is blind there.</summary>
    public static IReadOnlyList<string> FindBlind(IEnumerable<Verdict> verdicts) =>
        [.. verdicts.Where(verdict => verdict.Outcome != Outcome.Missed).Select(verdict => verdict.Row.Name)];
}
