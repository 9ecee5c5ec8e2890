namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Receives the notifications of a <see cref="CheckpointWriter"/>. Called on its loop, outside all locks.</summary>
internal interface IWriterOwner
{
    /// <summary>The store has failed and will be retried.</summary>
    void OnStoreFailed(Exception error, TimeSpan retryIn);

    /// <summary>The store works again.</summary>
    void OnStoreWorks();

    /// <summary>The writer no longer retries the store.</summary>
    void OnStoreGivenUp(Exception error);

    /// <summary>Another owner has the run.</summary>
    void OnLeaseLost(LeaseLostException error);

    /// <summary>The writer itself has failed.</summary>
    void OnWriterFault(Exception error);
}
