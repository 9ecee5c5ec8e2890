using System.Globalization;

namespace AntFlow.Dataflow.Shapes;

/// <summary>A branch of a switch.</summary>
/// <param name="Keys">Its keys; null for all keys without a branch of their own.</param>
/// <param name="Graph">Its stages.</param>
/// <param name="Fault">What is wrong with it; null if nothing is.</param>
internal sealed record Route<TKey>(IReadOnlyList<TKey>? Keys, StageGraph Graph, string? Fault)
{
    /// <summary>What it is called in messages and pictures.</summary>
    public string Name => Keys is null ? "default" : string.Join(", ", Keys.Select(Shown));

    public static string Shown(TKey key) => key is null ? "null" : string.Create(CultureInfo.InvariantCulture, $"{key}") is { Length: > 0 } text ? text : "(empty)";
}

/// <summary>Which link of a switch belongs to a key. Immutable.</summary>
internal sealed class RouteTable<TKey>
{
    // A key may be null, which a dictionary does not take.
    private readonly Dictionary<ValueTuple<TKey>, int> _links = [];
    private readonly string _stage;
    private readonly int? _default;

    /// <param name="stage">The name of the switch.</param>
    /// <param name="routes">Its branches.</param>
    /// <param name="faults">Receives the faults, one phrase each.</param>
    public RouteTable(string stage, IReadOnlyList<Route<TKey>> routes, List<string> faults)
    {
        _stage = stage;
        if (routes.Count == 0)
            faults.Add("it has no branches; it must have at least one. Add it with routes.Case(...) or routes.Default(...).");
        foreach ((int link, Route<TKey> route) in routes.Index())
        {
            if (route.Fault is { } fault)
                faults.Add($"branch '{route.Name}': {fault}.");
            if (route.Keys is { Count: 0 })
                faults.Add("a branch of Cases has no keys; give it at least one.");
            if (route.Keys is null && _default is not null)
                faults.Add("it has two defaults; remove one of them.");
            if (route.Keys is null)
                _default ??= link;
            foreach (TKey key in route.Keys ?? [])
            {
                if (!_links.TryAdd(new ValueTuple<TKey>(key), link))
                    faults.Add($"the key '{Route<TKey>.Shown(key)}' has two cases; remove one of them.");
            }
        }
    }

    /// <exception cref="NoRouteException">There is no branch for the key.</exception>
    public int Find(TKey key) => _links.TryGetValue(new ValueTuple<TKey>(key), out int link) ? link : _default ?? throw new NoRouteException(_stage, key);
}
