namespace AntFlow.Dataflow;

/// <summary>Where results go on to by themselves.</summary>
internal interface IResultOutlet<TOut>
{
    /// <summary>What is called after results were added, once or more for several, outside all locks. One object for the whole run.</summary>
    Action OnAdded { get; }

    /// <summary>Takes a result if there is room for it, or drops it if nobody gets results any more. Called under the lock of the results: it may take a short lock of its own, and calls
    /// nothing foreign.</summary>
    bool TryAdd(PipelineResult<TOut> result);
}
