namespace AntFlow.Dataflow;

/// <summary>Starts the loops of a block on its scheduler, without the execution context of the thread that woke them.</summary>
/// <remarks>On the default scheduler the loop object itself is queued, so waking a block allocates nothing.</remarks>
internal static class BlockTasks
{
    /// <summary>Queues a loop. Exceptions of a custom scheduler reach the caller.</summary>
    public static void Start(IThreadPoolWorkItem loop, TaskScheduler scheduler, bool isContinued)
    {
        if (ReferenceEquals(scheduler, TaskScheduler.Default))
        {
            // A loop that has used up its share queues behind all other work.
            ThreadPool.UnsafeQueueUserWorkItem(loop, preferLocal: !isContinued);
            return;
        }

        bool restore = !ExecutionContext.IsFlowSuppressed();
        AsyncFlowControl flow = restore ? ExecutionContext.SuppressFlow() : default;
        try
        {
            var task = new Task(static state => ((IThreadPoolWorkItem)state!).Execute(), loop, TaskCreationOptions.DenyChildAttach);
            task.Start(scheduler);
        }
        finally
        {
            if (restore)
                flow.Undo();
        }
    }
}
