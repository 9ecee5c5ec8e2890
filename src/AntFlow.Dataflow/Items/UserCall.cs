namespace AntFlow.Dataflow;

/// <summary>Calls user code with what its caller had in its AsyncLocals (culture, activity, log scopes), and keeps what it sets on its thread from whatever runs there next.</summary>
/// <remarks>An async method does the same for its callers. Here it costs no state machine. A caller that had set nothing has the context that workers have: then nothing is changed.</remarks>
internal readonly ref struct UserCall
{
    private readonly ExecutionContext? _context;
    private readonly SynchronizationContext? _synchronization;

    private UserCall(ExecutionContext? context, SynchronizationContext? synchronization)
    {
        _context = context;
        _synchronization = synchronization;
    }

    /// <summary>Begins the call.</summary>
    /// <param name="caller">The context of the caller; null for what this thread has, as where the flow of the caller was suppressed.</param>
    public static UserCall Begin(ExecutionContext? caller)
    {
        var call = new UserCall(ExecutionContext.Capture(), SynchronizationContext.Current);
        if (caller is not null && caller != call._context)
            ExecutionContext.Restore(caller);
        return call;
    }

    public void End()
    {
        if (SynchronizationContext.Current != _synchronization)
            SynchronizationContext.SetSynchronizationContext(_synchronization);
        // Null only where the flow is suppressed: then nothing was captured, and nothing flows from here.
        if (_context is not null)
            ExecutionContext.Restore(_context);
    }
}
