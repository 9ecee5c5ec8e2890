namespace AntFlow.Dataflow;

// The seams of the engine in the faults build: a decision is unchanged unless its fault is on.
internal sealed partial class TargetHalf<T>
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class GuardedLogger
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class DisplayLoop
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class ExecutorLoop
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class ExecutorPool
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class SubmittedCall<TOut>
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class ItemPool
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal readonly ref partial struct UserCall
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

public sealed partial class PipelineBlock<TIn, TOut>
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class ResultSink<TOut>
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class RetryTimer
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class UniqueIdFeeder<TOut>
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class FeedCall<TOut>
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class Feeder<TIn, TOut>
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class RunCore<TOut>
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class RunTokens
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class StageBlock
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class OutcomeHandler
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class StageIntake
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class StageLoop
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class UserCode
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class CallbackQueue
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class ItemHistories
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal partial struct PostLockActions
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal partial struct TimeSlice
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal partial struct Versioned<T>
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);
}

internal sealed partial class WorkerPool
{
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead) => Fault.Break(fault, ref value, instead);

    static partial void Gap(string fault, in LockScope held)
    {
        if (Fault.IsOn(fault))
            held.Leave();
    }
}

internal readonly ref partial struct LockScope
{
    // Long enough for a thread that waits for the lock to get it, because it sleeps for a moment between two checks.
    private static readonly TimeSpan _gap = TimeSpan.FromMilliseconds(200);

    /// <summary>Releases the lock for a while, so that others can enter, and enters it again.</summary>
    public void Leave()
    {
        _held.Exit();
        SpinWait.SpinUntil(static () => false, _gap);
        _held.Enter();
    }
}
