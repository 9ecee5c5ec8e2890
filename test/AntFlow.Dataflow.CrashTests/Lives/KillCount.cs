namespace AntFlow.Dataflow.CrashTests.Lives;

/// <summary>Counts the deaths that prove something, by their moment. One counts only if the ledger grew in that life by work; one while loading, which is before all work, if the life
/// had found something of earlier lives (their items, or their deaths), or died inside the opening of a run in which the life before had worked.</summary>
internal sealed class KillCount
{
    private static readonly Dictionary<string, string> _kinds = new(StringComparer.Ordinal)
    {
        ["body"] = "in a body",
        ["once-before"] = "in a body",
        ["once-after"] = "in a body",
        ["poison"] = "in a body",
        ["before-commit"] = "before the commit",
        ["in-commit"] = "in the commit",
        ["after-commit"] = "after the commit",
        ["backoff"] = "in backoff",
        ["loading"] = "while loading",
        ["telling"] = "in OnSuccess",
        [KillPlan.Anywhere] = "anywhere, from outside",
        [KillPlan.Planned] = "by a planned end",
        [KillPlan.Stopped] = "by a gentle stop",
    };

    private readonly Dictionary<string, int> _counts = _kinds.Values.Distinct(StringComparer.Ordinal).ToDictionary(kind => kind, _ => 0, StringComparer.Ordinal);
    private int _notCounted;

    /// <summary>All but planned ends and stops, which are no crashes.</summary>
    public int Total => _counts.Where(count => count.Key != _kinds[KillPlan.Planned] && count.Key != _kinds[KillPlan.Stopped]).Sum(count => count.Value);

    /// <summary>The fewest of those that are asked for.</summary>
    public int Least => new[] { "in a body", "before the commit", "in the commit", "in backoff", "while loading", "by a planned end", "by a gentle stop" }.Min(kind => _counts[kind]);

    /// <summary>Counts the deaths of a run.</summary>
    public void Add(Story story)
    {
        for (int i = 0; i < story.Lives.Count; i++)
        {
            Life life = story.Lives[i];
            if (life.Moment is not { } moment)
                continue;
            if (Counts(life, i == 0 ? null : story.Lives[i - 1]))
                _counts[_kinds[moment]]++;
            else
                _notCounted++;
        }
    }

    public override string ToString() =>
        $"{Total} kills: {string.Join(", ", _counts.Select(count => $"{count.Value} {count.Key}"))}; {_notCounted} that do not count, for their ledger did not grow";

    private static bool Counts(Life life, Life? before)
    {
        if (life.Moment != "loading")
            return life.HasWorked;
        bool hasFound = life.Has("loaded") || life.Has("interrupted") || life.All("opened").Any(line => line.Number(1) > 0);
        return hasFound || (life.Has("opening") && before is { HasWorked: true });
    }
}
