namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Checks that user code of a run sees what the caller that started the run had in an AsyncLocal, and nothing of what another item has set.</summary>
internal sealed class CallerCheck(Plan plan, Action<string> violated)
{
    private const int Elsewhere = -1;
    private const int OfAnItem = -2;

    private static readonly AsyncLocal<int?> _seed = new();

    private int? Expected => plan.HasCallerContext ? plan.Seed : null;

    /// <summary>Sets what is there when the run is started.</summary>
    public void Enter() => _seed.Value = Expected;

    /// <summary>The run was started: what is set now is not its.</summary>
    public static void Leave() => _seed.Value = Elsewhere;

    /// <summary>User code begins: it sees what there was at the start. Then it sets something else.</summary>
    public void Begin(string what)
    {
        Check(what);
        _seed.Value = OfAnItem;
    }

    /// <summary>User code sees what there was at the start.</summary>
    public void Check(string what)
    {
        if (_seed.Value != Expected)
            violated($"{what} sees {_seed.Value?.ToString(null, null) ?? "nothing"} of its caller, where {Expected?.ToString(null, null) ?? "nothing"} was set.");
    }
}
