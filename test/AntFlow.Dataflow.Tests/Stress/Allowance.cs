namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>How many executions there may be at once while the limit changes: a lower limit counts from when the number has come down.</summary>
/// <remarks>The ceiling is raised before the engine is told, and lowered only by what an exact snapshot shows that was begun after the engine was told.</remarks>
internal sealed class Allowance(string what, int limit, Action<string> violated)
{
    private readonly Lock _lock = new();
    private int _limit = limit;
    private int _ceiling = limit;
    private int _changing;
    private int _version;
    private int _running;

    public int Highest { get; private set; } = limit;

    public int Version
    {
        get
        {
            lock (_lock)
                return _version;
        }
    }

    public void Enter()
    {
        int running;
        int ceiling;
        lock (_lock)
        {
            running = ++_running;
            ceiling = _ceiling;
        }

        if (running > ceiling)
            violated($"{what}: {running} executions at once, {ceiling} allowed");
    }

    public void Exit()
    {
        lock (_lock)
            _running--;
    }

    public void BeginChange(int limit)
    {
        lock (_lock)
        {
            _limit = limit;
            _ceiling = Math.Max(_ceiling, limit);
            Highest = Math.Max(Highest, limit);
            _changing++;
            _version++;
        }
    }

    public void EndChange()
    {
        lock (_lock)
        {
            _changing--;
            _version++;
        }
    }

    /// <summary>A snapshot has shown how many there are.</summary>
    /// <param name="seen">How many.</param>
    /// <param name="version">The version before the snapshot was made.</param>
    /// <param name="mayLower">False once items may have been abandoned: they are not seen any more, and still run.</param>
    public void Check(long seen, int version, bool mayLower)
    {
        int ceiling;
        lock (_lock)
        {
            ceiling = _ceiling;
            if (mayLower && _version == version && _changing == 0 && seen <= ceiling)
                _ceiling = Math.Max(_limit, (int)seen);
        }

        if (seen > ceiling)
            violated($"{what}: a snapshot shows {seen}, {ceiling} allowed");
    }
}
