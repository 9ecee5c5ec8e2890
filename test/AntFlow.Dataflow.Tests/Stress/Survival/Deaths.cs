using System.Collections.Concurrent;

namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>How often the process has died while a stage ran an item: at least, by the bodies that were running, and at most, by what was noted.</summary>
internal sealed class Deaths
{
    private readonly ConcurrentDictionary<(int Item, int Stage), long> _running = new();
    private readonly ConcurrentDictionary<(int Item, int Stage), bool> _noted = new();
    private readonly Dictionary<(int Item, int Stage), int> _sure = [];
    private readonly Dictionary<(int Item, int Stage), int> _possible = [];
    private Dictionary<(int Item, int Stage), int> _before = [];
    private long _calls;

    public void BeginLife()
    {
        _noted.Clear();
        lock (_sure)
            _before = new Dictionary<(int Item, int Stage), int>(_sure);
    }

    public void Note(int item, int stage) => _noted[(item, stage)] = true;

    public void Enter(int item, int stage) => _running[(item, stage)] = Interlocked.Increment(ref _calls);

    public void Exit(int item, int stage) => _running.TryRemove((item, stage), out _);

    /// <summary>Has the process die. Who ran before and runs afterwards has died with it.</summary>
    public void Die(Action kill)
    {
        KeyValuePair<(int Item, int Stage), long>[] before = _running.ToArray();
        kill();
        lock (_sure)
        {
            foreach (KeyValuePair<(int Item, int Stage), long> ran in before)
            {
                if (_running.TryGetValue(ran.Key, out long call) && call == ran.Value)
                    _sure[ran.Key] = _sure.GetValueOrDefault(ran.Key) + 1;
            }

            foreach ((int Item, int Stage) noted in _noted.Keys)
                _possible[noted] = _possible.GetValueOrDefault(noted) + 1;
        }
    }

    /// <summary>In earlier lives: what runs on after a death is not there.</summary>
    public int AtLeast(int item, int stage)
    {
        lock (_sure)
            return _before.GetValueOrDefault((item, stage));
    }

    public int AtMost(int item, int stage)
    {
        lock (_sure)
            return _possible.GetValueOrDefault((item, stage));
    }
}
