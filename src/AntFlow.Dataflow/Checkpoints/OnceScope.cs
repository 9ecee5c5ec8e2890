namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Knows within which calls of <c>OnceAsync</c> the code runs. It flows with the code, into what it awaits and starts, and never to what comes after the call.</summary>
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

    /// <summary>Whether the code runs within a call that has not ended: to wait for it would be to wait for itself.</summary>
    public static bool IsWithin(Task call)
    {
        for (OnceScope? scope = _current.Value; scope is not null; scope = scope._outer)
        {
            if (ReferenceEquals(scope._call, call))
                return true;
        }

        return false;
    }

    /// <summary>From here on the async method that calls this runs within the call.</summary>
    public static void Enter(Task call) => _current.Value = new OnceScope(call, _current.Value);
}
