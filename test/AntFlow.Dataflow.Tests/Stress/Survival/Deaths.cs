using System.Collections.Concurrent;

namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>How often the process has crashed while a stage ran an item: at least, by the bodies that were running, and at most, by what was noted.</summary>
internal sealed class Deaths
{
    private readonly ConcurrentDictionary<(int Item, int Stage), long> _running = new();
    private readonly ConcurrentDictionary<(int Item, int Stage), bool> _noted = new();
    private readonly Dictionary<(int Item, int Stage), int> _sure = [];
    private readonly Dictionary<(int Item, int Stage), int> _possible = [];
    private readonly Dictionary<(int Item, int Stage), int> _possibleLone = [];
    private Dictionary<(int Item, int Stage), int> _before = [];
    private long _calls;

    public void BeginLife()
    {
        _noted.Clear();
        lock (_sure)
            _before = new Dictionary<(int Item, int Stage), int>(_sure);
    }

    public void Note(int item, int stage) => _noted[(item, stage)] = true;

    /// <summary>A body begins.</summary>
    /// <param name="item">The item.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="isNoted">Whether it was noted in the store that it begins.</param>
    public void Enter(int item, int stage, bool isNoted)
    {
        if (isNoted)
            _running[(item, stage)] = Interlocked.Increment(ref _calls);
    }

    public void Exit(int item, int stage) => _running.TryRemove((item, stage), out _);

    /// <summary>Crashes the process. What ran before and runs afterwards ran at the crash.</summary>
    /// <param name="kill">Crashes it.</param>
    /// <param name="isSuspect">Whether an item that runs in a stage is a suspect there.</param>
    public void Die(Action kill, Func<int, int, bool> isSuspect)
    {
        KeyValuePair<(int Item, int Stage), long>[] before = _running.ToArray();
        kill();
        lock (_sure)
        {
            // A body that an earlier run has left behind is none of this one's.
            (int Item, int Stage)[] sure = [.. before.Where(ran => _noted.ContainsKey(ran.Key) && _running.TryGetValue(ran.Key, out long call) && call == ran.Value).Select(ran => ran.Key)];
            foreach ((int Item, int Stage) ran in sure)
                _sure[ran] = _sure.GetValueOrDefault(ran) + 1;
            (int Item, int Stage)[] suspects = [.. sure.Where(ran => isSuspect(ran.Item, ran.Stage))];
            foreach ((int Item, int Stage) noted in _noted.Keys)
            {
                _possible[noted] = _possible.GetValueOrDefault(noted) + 1;
                bool mayBeAlone = isSuspect(noted.Item, noted.Stage) ? suspects.All(ran => ran == noted) : suspects.Length == 0 && sure.All(ran => ran == noted);
                if (mayBeAlone)
                    _possibleLone[noted] = _possibleLone.GetValueOrDefault(noted) + 1;
            }
        }
    }

    /// <summary>In earlier starts: what continues after a crash is ignored.</summary>
    public int AtLeast(int item, int stage)
    {
        lock (_sure)
            return _before.GetValueOrDefault((item, stage));
    }

    /// <summary>At how many crashes the item may have been the only suspect that ran.</summary>
    public int LoneAtMost(int item, int stage)
    {
        lock (_sure)
            return _possibleLone.GetValueOrDefault((item, stage));
    }

    public int AtMost(int item, int stage)
    {
        lock (_sure)
            return _possible.GetValueOrDefault((item, stage));
    }
}
