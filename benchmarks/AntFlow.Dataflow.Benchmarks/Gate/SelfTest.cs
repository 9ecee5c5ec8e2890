namespace AntFlow.Dataflow.Benchmarks.Gate;

/// <summary>Whether the gate notices an engine that has become slower: with 200 ns of work at each step of an item, every throughput row must miss its limit.</summary>
public static class SelfTest
{
    /// <summary>The switch that makes the engine work for nothing, read by it once; and the type that reads it, which only the faults build has.</summary>
    private const string Switch = "AntFlow.Dataflow.Handicap";

    /// <summary>Makes the engine work for nothing from now on. Before anything of it is used.</summary>
    /// <exception cref="ArgumentException">This build of the library cannot be slowed down.</exception>
    public static void SlowDown()
    {
        if (typeof(Pipeline).Assembly.GetType(Switch) is null)
            throw new ArgumentException("The self-test needs the faults build, which can be slowed down: dotnet run -c Release -p:Faults=true --project benchmarks/AntFlow.Dataflow.Benchmarks -- gate --selftest");
        AppContext.SetSwitch(Switch, isEnabled: true);
    }

    /// <summary>The rows that have not missed their limit, although the engine was slowed down: the gate is blind there.</summary>
    public static IReadOnlyList<string> FindBlind(IEnumerable<Verdict> verdicts) =>
        [.. verdicts.Where(verdict => verdict.Outcome != Outcome.Missed).Select(verdict => verdict.Row.Name)];
}
