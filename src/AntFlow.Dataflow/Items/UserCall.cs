namespace AntFlow.Dataflow;

/// <summary>Calls user code with the AsyncLocals of its caller, and isolates later code on the thread from values that the user code sets.</summary>
/// <remarks>An async method does the same for its callers; this type does it without a state machine. If the caller had set no values, it has the context of the workers, and nothing is
/// changed.</remarks>
internal readonly ref partial struct UserCall
{
    private readonly ExecutionContext? _context;
    private readonly SynchronizationContext? _synchronization;
    private readonly object? _outer;
    private readonly bool _isMarked;
    private readonly bool _wasSuppressed;

    private UserCall(ExecutionContext? context, SynchronizationContext? synchronization, object? mark, bool wasSuppressed)
    {
        _context = context;
        _synchronization = synchronization;
        _wasSuppressed = wasSuppressed;
        if (mark is null)
            return;
        _isMarked = true;
        _outer = OwnCode.Calling;
        OwnCode.Calling = mark;
    }

    /// <summary>Starts the call.</summary>
    public static UserCall Begin(in Caller caller)
    {
        ExecutionContext? here = ExecutionContext.Capture();
        bool wasSuppressed = here is null && caller.Context is not null;
        if (wasSuppressed)
        {
            // The thread belongs to the user and suppresses the flow: its context can be restored only if it can be captured.
            ExecutionContext.RestoreFlow();
            here = ExecutionContext.Capture();
        }

        var call = new UserCall(here, SynchronizationContext.Current, caller.Mark, wasSuppressed);
        if (caller.Context is { } context && context != here)
            ExecutionContext.Restore(context);
        return call;
    }

    public void End()
    {
        if (_isMarked)
            OwnCode.Calling = _outer;
        if (SynchronizationContext.Current != _synchronization)
            SynchronizationContext.SetSynchronizationContext(_synchronization);
        // Null only if the flow is suppressed and the call was made in the current context.
        ExecutionContext? context = _context;
        Broken("what-code-sets-stays-on-its-thread", ref context, null);
        if (context is not null)
            ExecutionContext.Restore(context);
        if (_wasSuppressed)
            ExecutionContext.SuppressFlow();
    }

    /// <summary>A seam: a decision that only the faults build can change.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
