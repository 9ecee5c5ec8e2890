namespace AntFlow.Dataflow;

/// <summary>Where results go on to by themselves. A reader beside it may take those that it has no room for.</summary>
internal interface IResultOutlet<TOut>
{
    /// <summary>What is called after results have left the run, to here or to a reader: once or more for several, outside all locks. One object for the whole run.</summary>
    Action OnLeft { get; }

    /// <summary>Takes a result if there is room for it, or drops it if nothing receives results any more. Called under the lock of the results: it may take a short lock of its own, and calls
    /// nothing foreign.</summary>
    bool TryAdd(PipelineResult<TOut> result);
}
