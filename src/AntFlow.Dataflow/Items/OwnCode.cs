namespace AntFlow.Dataflow;

/// <summary>Knows of the code that runs here whether it is code of a run: what waits for a run in its own code may wait for itself.</summary>
/// <remarks>A run is known by a mark of its own, not by itself: code that goes on after the run, such as a timer it has started, must not keep all of the run.</remarks>
internal static class OwnCode
{
    private static readonly AsyncLocal<object?> _flowing = new();
    private static readonly Lazy<ExecutionContext> _nothing = new(CaptureNothing);

    [ThreadStatic]
    private static object? _calling;

    /// <summary>The mark of the code that runs on this thread at this moment, called and not left yet; null if none is.</summary>
    public static object? Calling
    {
        get => _calling;
        set => _calling = value;
    }

    /// <summary>Whether what runs here is code with this mark, or was called, awaited or started by it.</summary>
    public static bool IsWithin(object? mark) => mark is not null && _flowing.Value == mark;

    /// <summary>Adds a mark to a context; to an empty one if there is none.</summary>
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

    /// <exception cref="InvalidOperationException">What runs on this thread is code with this mark, which has not returned yet.</exception>
    public static void ThrowIfCalling(object? mark, string method)
    {
        // Both: the code may have completed a task, and what goes on after that on its thread belongs to other code, with a context of its own.
        if (mark is not null && _calling == mark && _flowing.Value == mark)
        {
            throw new InvalidOperationException(
                $"{method} was called by a task or a callback of the run itself. It waits for the end of the run, and so for this call: it would wait for ever. Call Stop() or Cancel() there, which do not wait.");
        }
    }

    // The context of a thread that was started with none: there is no other way to ask for it.
    private static ExecutionContext CaptureNothing()
    {
        ExecutionContext? nothing = null;
        var thread = new Thread(() => nothing = ExecutionContext.Capture());
        thread.UnsafeStart();
        thread.Join();
        return nothing!;
    }
}
