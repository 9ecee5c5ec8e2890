namespace AntFlow.Dataflow.Terminal;

/// <summary>How many items ended recently, and how many each stage handed on in each of the last seconds. Takes the time from the snapshots only.</summary>
internal sealed class ThroughputHistory
{
    private const int Seconds = 20;
    private static readonly TimeSpan _window = TimeSpan.FromSeconds(10);

    private readonly Queue<(TimeSpan At, long Ended)> _ended = new();
    private long[][] _perSecond = [];
    private long[] _before = [];
    private long _second;

    /// <summary>Ended items per second, over the last ten seconds; null while no time has passed.</summary>
    public double? Rate { get; private set; }

    /// <summary>For each stage, how many items it handed on in each of the last seconds, the latest one last.</summary>
    public IReadOnlyList<IReadOnlyList<long>> PerSecond => [.. _perSecond.Select(stage => (IReadOnlyList<long>)stage.ToArray())];

    public void Add(PipelineSnapshot snapshot)
    {
        if (_perSecond.Length != snapshot.Stages.Count)
        {
            _perSecond = [.. snapshot.Stages.Select(_ => new long[Seconds])];
            _before = new long[snapshot.Stages.Count];
        }

        AddEnded(snapshot.Elapsed, snapshot.Succeeded + snapshot.Failed + snapshot.Canceled + snapshot.Filtered);
        long second = (long)snapshot.Elapsed.TotalSeconds;
        int steps = (int)Math.Clamp(second - _second, 0, Seconds);
        _second = Math.Max(_second, second);
        for (int i = 0; i < _perSecond.Length; i++)
        {
            long[] stage = _perSecond[i];
            Array.Copy(stage, steps, stage, 0, Seconds - steps);
            Array.Clear(stage, Seconds - steps, steps);
            long done = snapshot.Stages[i].Completed + snapshot.Stages[i].Skipped;
            stage[^1] += Math.Max(0, done - _before[i]);
            _before[i] = done;
        }
    }

    private void AddEnded(TimeSpan at, long ended)
    {
        if (_ended.Count == 0)
            _ended.Enqueue((TimeSpan.Zero, 0));
        // One snapshot older than the window is kept, as the start of the measurement.
        while (_ended.Count > 1 && at - _ended.ElementAt(1).At >= _window)
            _ended.Dequeue();
        (TimeSpan from, long then) = _ended.Peek();
        Rate = at > from ? (ended - then) / (at - from).TotalSeconds : null;
        _ended.Enqueue((at, ended));
    }
}
