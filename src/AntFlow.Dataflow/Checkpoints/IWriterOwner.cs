namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Who has to know what becomes of a <see cref="CheckpointWriter"/>. Called on its loop, outside all locks.</summary>
internal interface IWriterOwner
{
    /// <summary>The store has failed, and is tried again.</summary>
    void OnStoreFailed(Exception error, TimeSpan retryIn);

    /// <summary>The store works again.</summary>
    void OnStoreWorks();

    /// <summary>The store was given up.</summary>
    void OnStoreGivenUp(Exception error);

    /// <summary>The run is somebody else's.</summary>
    void OnLeaseLost(LeaseLostException error);

    /// <summary>The writer itself broke.</summary>
    void OnWriterFault(Exception error);
}
