namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Records in which calls of <c>OnceAsync</c> the code runs. It flows into everything the code awaits and starts, but not to the code after the call.</summary>
internal sealed class OnceScope
{
    private static readonly AsyncLocal<OnceScope?> _current = new();

    private readonly Task _call;
    private readonly OnceScope? _outer;

    private OnceScope(Task call, OnceScope? outer)
    {
        _call = call;
        _outer = outer;
    }

    /// <summary>Whether the code runs within a call that has not ended: waiting for that call would be a deadlock.</summary>
    public static bool IsWithin(Task call)
    {
        for (OnceScope? scope = _current.Value; scope is not null; scope = scope._outer)
        {
            if (ReferenceEquals(scope._call, call))
                return true;
        }

        return false;
    }

    /// <summary>Marks the rest of the async method that calls this as running within the call.</summary>
    public static void Push(Task call) => _current.Value = new OnceScope(call, _current.Value);
}
