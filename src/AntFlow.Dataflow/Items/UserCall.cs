namespace AntFlow.Dataflow;

/// <summary>Calls user code with what its caller had in its AsyncLocals, and keeps what it sets on its thread from whatever runs there next.</summary>
/// <remarks>An async method does the same for its callers. Here it costs no state machine. A caller that had set nothing has the context that workers have: then nothing is changed.</remarks>
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

    /// <summary>Begins the call.</summary>
    public static UserCall Begin(in Caller caller)
    {
        ExecutionContext? here = ExecutionContext.Capture();
        bool wasSuppressed = here is null && caller.Context is not null;
        if (wasSuppressed)
        {
            // A thread of the user's that suppresses the flow: what it has can be put back only if it can be captured.
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
        // Null only where the flow is suppressed, and the call was made with what is here.
        ExecutionContext? context = _context;
        Broken("what-code-sets-stays-on-its-thread", ref context, null);
        if (context is not null)
            ExecutionContext.Restore(context);
        if (_wasSuppressed)
            ExecutionContext.SuppressFlow();
    }

    /// <summary>A decision that the faults build can turn: a seam, and nothing in any other.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
