using System.Globalization;
using AntFlow.Dataflow.TestKit;

namespace AntFlow.Dataflow.Decisions.Tests.Checkpoints;

/// <summary>A run of several stages whose process is killed again and again, played with the real rules and the real line, and no engine: kills from outside, items that crash the process
/// whenever they run, fresh items beside suspects, priorities and further attempts.</summary>
internal sealed class SuspectHistory
{
    public const int MaxCrashes = 3;
    private const int MostSteps = 4_000;

    private readonly Dice _dice;
    private readonly int[] _workers;
    private readonly List<Traveler> _items = [];
    private readonly List<string> _faults = [];
    private readonly int _mostKills;
    private SuspectScheduler _scheduler = new();
    private int _kills;
    private long _sequence;

    public SuspectHistory(int seed)
    {
        _dice = Dice.Of(seed, 15);
        _workers = [.. Enumerable.Range(0, _dice.Between(1, 3)).Select(_ => _dice.Pick(1, 2, 4, 8, 16, 33))];
        int items = _dice.Between(1, 60);
        for (int i = 0; i < items; i++)
            _items.Add(new Traveler(i, _dice.Between(-1, 1), _dice.OneIn(25) ? _dice.Below(_workers.Length) : -1, _dice.Below(3) * _dice.Below(2)));
        _mostKills = _dice.Below(21);
    }

    public int Kills => _kills;

    public int Crashes { get; private set; }

    public int FailedInnocents { get; private set; }

    public int FailedPoison { get; private set; }

    public int Held { get; private set; }

    /// <summary>Plays the history.</summary>
    /// <returns>What it has broken: nothing, if all is well.</returns>
    public IReadOnlyList<string> Play()
    {
        while (_items.Exists(item => !item.HasEnded) && _faults.Count == 0)
            Start();
        return _faults;
    }

    /// <summary>One process, from its start to its crash or its end.</summary>
    private void Start()
    {
        _scheduler = new SuspectScheduler();
        _sequence = 0;
        foreach (Traveler item in _items)
            item.Begin(_sequence++);
        int killAfter = _kills < _mostKills ? _dice.Below(40) : int.MaxValue;
        Settle();
        for (int step = 0; step < MostSteps; step++)
        {
            Traveler[] running = [.. _items.Where(item => item.Is == At.Running)];
            if (running.Length == 0)
            {
                if (_items.Exists(item => !item.HasEnded))
                    _faults.Add($"nothing runs, and {_items.Count(item => item.Is == At.Held)} items are held");
                return;
            }

            if (step >= killAfter || (running.FirstOrDefault(item => item.IsPoisonHere) is not null && _dice.OneIn(3)))
            {
                _kills += step >= killAfter ? 1 : 0;
                Crash(running);
                return;
            }

            // A body that crashes the process never returns.
            if (running.Where(item => !item.IsPoisonHere).ToArray() is { Length: > 0 } able)
                EndAttempt(_dice.Pick(able));
            Settle();
        }

        _faults.Add("it does not come to its end");
    }

    private void EndAttempt(Traveler item)
    {
        if (item.IsSuspect)
        {
            _scheduler.End(item.Record);
            BringBack();
        }

        if (item.FailuresLeft > 0)
            item.Fail();
        else
            item.Pass(_workers.Length);
    }

    private void BringBack()
    {
        foreach ((int stage, ItemRecord record) in _scheduler.TakeStartable())
        {
            Traveler back = _items.Single(other => other.Record == record);
            if (back.Is != At.Held || back.Stage != stage)
                _faults.Add($"{back} comes back and was not held");
            back.Is = At.Queued;
        }
    }

    /// <summary>Workers take what they may, until none may take anything.</summary>
    private void Settle()
    {
        while (true)
        {
            // Stages are not in step.
            int[] able = [.. Enumerable.Range(0, _workers.Length).Where(stage => HasIdle(stage) && _items.Exists(item => item.Is == At.Queued && item.Stage == stage))];
            if (able.Length == 0)
                break;
            int stage = able[_dice.Below(able.Length)];
            Take(_items.Where(item => item.Is == At.Queued && item.Stage == stage).MinBy(item => (item.Record.Priority, item.Record.Sequence))!);
        }

        CheckHeld();
    }

    private bool HasIdle(int stage) => _items.Count(item => item.Is == At.Running && item.Stage == stage) < _workers[stage];

    private void Take(Traveler item)
    {
        if (!item.IsSuspect || _scheduler.TryStart(item.Record, item.Stage))
        {
            item.Is = At.Running;
            CheckRunning();
            return;
        }

        if (_scheduler.MayStart(item.Record))
            _faults.Add($"{item} may start and was refused");
        _scheduler.Enqueue(item.Record, item.Stage);
        item.Is = At.Held;
        Held++;
        BringBack();
    }

    /// <summary>So many suspects run together at most, by a count of its own.</summary>
    private void CheckRunning()
    {
        Traveler[] suspects = [.. _items.Where(item => item.Is == At.Running && item.IsSuspect)];
        if (suspects.Length > 0 && suspects.Length > suspects.Min(item => item.Width))
            _faults.Add($"{suspects.Length} suspects run, and one of them has a width of {suspects.Min(item => item.Width)}");
    }

    /// <summary>No item is held that may start, unless every worker of its stage is busy; and none is held that is no suspect.</summary>
    private void CheckHeld()
    {
        Traveler[] suspects = [.. _items.Where(item => item.Is == At.Running && item.IsSuspect)];
        int least = suspects.Select(item => item.Width).DefaultIfEmpty(int.MaxValue).Min();
        foreach (Traveler held in _items.Where(item => item.Is == At.Held))
        {
            if (!held.IsSuspect)
                _faults.Add($"{held} is no suspect, and is held");
            if (suspects.Length < Math.Min(least, held.Width) && HasIdle(held.Stage))
                _faults.Add($"{held} may start, and is held");
        }
    }

    private void Crash(Traveler[] ran)
    {
        Crashes++;
        Traveler[] suspects = [.. ran.Where(item => item.IsSuspect)];
        Suspicion[] after = SuspectRules.AfterCrash([.. ran.Select(item => new Suspicion(item.Width, item.LoneCrashes))]);
        for (int i = 0; i < ran.Length; i++)
        {
            bool wasAlone = suspects.Length == 1 ? suspects[0] == ran[i] : suspects.Length == 0 && ran.Length == 1;
            ran[i].Crash(after[i], ran.Length, wasAlone, MaxCrashes);
            Check(ran[i]);
        }
    }

    private void Check(Traveler item)
    {
        if (item.IsPoisonHere && item.Crashes > Math.Log2(item.RanAtFirstCrash) + MaxCrashes)
            _faults.Add($"{item} has run at {item.Crashes} crashes, and {item.RanAtFirstCrash} items ran at the first one");
        if (item.Is != At.Failed)
            return;
        if (item.SeenAlone < MaxCrashes)
            _faults.Add($"{item} has failed, and was the only suspect at {item.SeenAlone} crashes");
        if (item.IsPoisonHere)
            FailedPoison++;
        else
            FailedInnocents++;
    }

    public enum At
    {
        Queued,
        Held,
        Running,
        Passed,
        Failed,
    }

    private sealed class Traveler(int number, int priority, int poisonStage, int failures)
    {
        public ItemRecord Record { get; private set; } = new();

        public At Is { get; set; }

        public int Stage { get; private set; }

        public int Width { get; private set; }

        public int LoneCrashes { get; private set; }

        /// <summary>At how many crashes it ran in its stage, and was the only suspect, by the history.</summary>
        public int Crashes { get; private set; }

        public int SeenAlone { get; private set; }

        public int RanAtFirstCrash { get; private set; }

        public int FailuresLeft { get; private set; } = failures;

        public bool IsSuspect => Width > 0;

        public bool HasEnded => Is is At.Passed or At.Failed;

        public bool IsPoisonHere => Stage == poisonStage;

        public void Begin(long sequence)
        {
            if (HasEnded)
                return;
            Is = At.Queued;
            Record = new ItemRecord { Key = number, Priority = priority, Sequence = sequence, MaxConcurrentSuspects = Width, Crashes = Crashes };
        }

        public void Fail()
        {
            FailuresLeft--;
            Is = At.Queued;
        }

        public void Pass(int stages)
        {
            (Width, LoneCrashes, Crashes, SeenAlone) = (0, 0, 0, 0);
            Stage++;
            Is = Stage == stages ? At.Passed : At.Queued;
        }

        public void Crash(Suspicion after, int ran, bool wasAlone, int maxCrashes)
        {
            if (Crashes++ == 0)
                RanAtFirstCrash = ran;
            SeenAlone += wasAlone ? 1 : 0;
            (Width, LoneCrashes) = after;
            if (LoneCrashes >= maxCrashes)
                Is = At.Failed;
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"item {number} in stage {Stage}, {Is}, width {Width}, {LoneCrashes} lone crashes");
    }
}
