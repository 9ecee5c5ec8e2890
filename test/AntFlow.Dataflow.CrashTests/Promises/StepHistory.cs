using AntFlow.Dataflow.CrashTests.Lives;

namespace AntFlow.Dataflow.CrashTests.Promises;

/// <summary>What is known of one stage of one item, life after life.</summary>
internal sealed class StepHistory
{
    /// <summary>How often a body began.</summary>
    public int Begun { get; private set; }

    /// <summary>How often a body failed as it was meant to.</summary>
    public int Failed { get; private set; }

    /// <summary>How often it was running, or what it had come to was on its way to the store, when the process died: each may be repeated once.</summary>
    public int Interrupted { get; private set; }

    /// <summary>How often a body was running for sure when the process died.</summary>
    public int Deaths { get; private set; }

    /// <summary>How often it was noted, or about to be, that it runs, and not that it has ended, when the process died.</summary>
    public int PossibleDeaths { get; private set; }

    /// <summary>At how many crashes a body was running for sure, and the store cannot have forgotten that.</summary>
    public int SureCrashes { get; private set; }

    /// <summary>At how many crashes it may have been the only suspect that ran.</summary>
    public int PossibleLoneCrashes { get; private set; }

    /// <summary>In how many lives it was noted that it runs, or was about to be.</summary>
    public int Marked { get; private set; }

    /// <summary>Whether the store has said that the stage is finished.</summary>
    public bool IsDurable { get; private set; }

    /// <summary>How many failures the store has said it knows.</summary>
    public int KnownFailures { get; private set; }

    /// <summary>When the next attempt is due, as the store knows it from an earlier life; null if none waits since then.</summary>
    public long? Due { get; private set; }

    /// <summary>Whether a body has ended well in an earlier life, so that the store may know it even if nobody heard it say so.</summary>
    public bool MayBeDurable { get; private set; }

    /// <summary>Whether OnSuccess was told.</summary>
    public bool IsNotified { get; private set; }

    private LedgerLine? _last;
    private long? _due;
    private bool _isMarked;
    private bool _wasMarked;
    private bool _hasEnded;

    /// <summary>Whether a body is running.</summary>
    public bool IsRunning => _last is { What: "begin" };

    /// <summary>Whether a body has ended well, and the store has not said that it knows.</summary>
    public bool IsSaving => _last is { What: "end" } && !IsDurable;

    public void Add(LedgerLine line)
    {
        switch (line.What)
        {
            case "begin":
                (Begun, Due, _due, _last) = (Begun + 1, null, null, line);
                break;
            case "fail":
                (Failed, _last) = (Failed + 1, line);
                break;
            case "end":
                (_hasEnded, _last) = (true, line);
                break;
            case "durable":
                IsDurable = true;
                break;
            case "retrying":
                (KnownFailures, _due) = (line.Attempt, long.Parse(line.Details[3], System.Globalization.CultureInfo.InvariantCulture));
                break;
            case "told":
                IsNotified = true;
                break;
            case "marking":
                (_isMarked, _wasMarked) = (true, true);
                break;
            case "unmarked":
                _isMarked = false;
                break;
            default:
                break;
        }
    }

    /// <summary>Whether it may be noted that a body runs: for sure only where the end is noted at once.</summary>
    public bool MayBeMarked(bool endsAreNotedAtOnce) => endsAreNotedAtOnce ? _isMarked : _wasMarked;

    /// <summary>The process has crashed.</summary>
    public void Crash(bool isSure, bool mayBeAlone)
    {
        SureCrashes += isSure ? 1 : 0;
        PossibleLoneCrashes += mayBeAlone ? 1 : 0;
    }

    /// <summary>The life has ended.</summary>
    public void EndLife(Life life)
    {
        // A planned end is no crash; whether one was noted that the ledger does not know of, nobody can tell.
        bool mayBeCrash = !life.WasPlanned;
        bool isCrash = !life.WasTerminated;
        bool isNoted = IsDurable || (_last is { What: "fail" } && KnownFailures >= _last.Attempt);
        Interrupted += _last is not null && !isNoted ? 1 : 0;
        Deaths += IsRunning && isCrash ? 1 : 0;
        PossibleDeaths += _isMarked && mayBeCrash ? 1 : 0;
        Marked += _wasMarked && mayBeCrash ? 1 : 0;
        MayBeDurable |= _hasEnded;
        Due = _due;
        (_last, _isMarked, _wasMarked, _hasEnded) = (null, false, false, false);
    }
}
