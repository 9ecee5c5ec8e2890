namespace AntFlow.Dataflow.Snapshots;

/// <summary>Which share of the items that leave a stage takes which link: as many as have taken it so far, or equal shares as long as no item has left. Pure.</summary>
internal sealed class LinkShares
{
    private readonly GraphShape _shape;
    private readonly double[][] _shares;

    public LinkShares(PipelineSnapshot snapshot, GraphShape shape)
    {
        _shape = shape;
        ILookup<string, long> passed = snapshot.Links.ToLookup(link => link.From, link => link.Passed, StringComparer.Ordinal);
        _shares = [.. snapshot.Stages.Select((stage, index) => SharesOf([.. passed[stage.Name]], shape.TargetsOf(index).Count))];
    }

    /// <summary>Returns which share of the items that leave a stage goes on to another.</summary>
    public double Of(int from, int to) => _shape.TargetsOf(from).Select((target, link) => target == to ? _shares[from][link] : 0).Sum();

    /// <summary>Returns, for a stage and all declared before it, which share of the items there will come to that stage.</summary>
    public double[] ReachOf(int stage)
    {
        var reach = new double[stage + 1];
        reach[stage] = 1;
        for (int before = stage - 1; before >= 0; before--)
            reach[before] = _shape.TargetsOf(before).Select((target, link) => target > before && target <= stage ? _shares[before][link] * reach[target] : 0).Sum();
        return reach;
    }

    private static double[] SharesOf(long[] passed, int links)
    {
        double all = passed.Length == links ? passed.Sum() : 0;
        return [.. Enumerable.Range(0, links).Select(link => all > 0 ? passed[link] / all : 1.0 / links)];
    }
}
