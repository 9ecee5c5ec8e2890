namespace AntFlow.Dataflow;

/// <summary>Finds out whether the current code belongs to a run, because code of a run that waits for its own run may wait for itself.</summary>
/// <remarks>A run is identified by a mark instead of a reference, so that code that continues after the run, such as a timer that it started, does not keep the whole run in memory.</remarks>
internal static class OwnCode
{
    private static readonly AsyncLocal<object?> _flowing = new();
    private static readonly Lazy<ExecutionContext> _nothing = new(CaptureNothing);

    [ThreadStatic]
    private static object? _calling;

    /// <summary>The mark of the code that is being called on this thread and has not returned yet; null if there is none.</summary>
    public static object? Calling
    {
        get => _calling;
        set => _calling = value;
    }

    /// <summary>Returns whether the current code has this mark, or was called, awaited or started by code with this mark.</summary>
    public static bool IsWithin(object? mark) => mark is not null && _flowing.Value == mark;

    /// <summary>Adds a mark to a context, or to an empty context if there is none.</summary>
    public static ExecutionContext Add(object mark, ExecutionContext? context)
    {
        ExecutionContext? marked = null;
        ExecutionContext.Run(
            context ?? _nothing.Value,
            _ =>
            {
                _flowing.Value = mark;
                marked = ExecutionContext.Capture();
            },
            state: null);
        return marked!;
    }

    /// <exception cref="InvalidOperationException">The code that runs on this thread has this mark and has not returned yet.</exception>
    public static void ThrowIfCalling(object? mark, string method)
    {
        // Both conditions are needed: the code may have completed a task whose continuation runs on this thread, but belongs to other code with its own context.
        if (mark is not null && _calling == mark && _flowing.Value == mark)
        {
            throw new InvalidOperationException(
                $"{method} was called by a task or a callback of the run itself. It waits for the end of the run, and so for this call: it would never return. Call Stop() or Cancel() there, which do not wait.");
        }
    }

    // The default context of a thread. There is no other way to get it.
    private static ExecutionContext CaptureNothing()
    {
        ExecutionContext? nothing = null;
        var thread = new Thread(() => nothing = ExecutionContext.Capture());
        thread.UnsafeStart();
        thread.Join();
        return nothing!;
    }
}
