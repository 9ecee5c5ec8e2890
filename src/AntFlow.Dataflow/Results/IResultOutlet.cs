namespace AntFlow.Dataflow;

/// <summary>A target that results are passed on to automatically. A reader beside it may take results that the outlet has no room for.</summary>
internal interface IResultOutlet<TOut>
{
    /// <summary>The action to call after results have left the run, to this outlet or to a reader. It is called at least once for a group of results, outside all locks. One object for the whole
    /// run.</summary>
    Action OnLeft { get; }

    /// <summary>Takes a result if there is room for it, or drops it if results are no longer received. Called under the lock of the results: it may take a short lock of its own, but must not call
    /// foreign code.</summary>
    bool TryAdd(PipelineResult<TOut> result);
}
