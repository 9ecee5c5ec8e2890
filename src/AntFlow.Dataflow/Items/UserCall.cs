namespace AntFlow.Dataflow;

/// <summary>Keeps what user code sets on its thread (AsyncLocals, a synchronization context) from whatever runs there next.</summary>
/// <remarks>An async method does the same for its callers. Here it costs no state machine.</remarks>
internal readonly ref struct UserCall
{
    private readonly ExecutionContext? _context;
    private readonly SynchronizationContext? _synchronization;

    private UserCall(ExecutionContext? context, SynchronizationContext? synchronization)
    {
        _context = context;
        _synchronization = synchronization;
    }

    public static UserCall Begin() => new(ExecutionContext.Capture(), SynchronizationContext.Current);

    public void End()
    {
        if (SynchronizationContext.Current != _synchronization)
            SynchronizationContext.SetSynchronizationContext(_synchronization);
        // Null only where the flow is suppressed: then nothing was captured, and nothing flows from here.
        if (_context is not null)
            ExecutionContext.Restore(_context);
    }
}
