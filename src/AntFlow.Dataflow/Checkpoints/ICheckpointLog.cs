namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Logs what happens to the store.</summary>
internal interface ICheckpointLog
{
    void Opened(string location, long storedItems, InterruptedCounts interrupted);

    /// <summary>Some values of a type do not come back unchanged; such a value fails its item.</summary>
    void Doubtful(string type, string what);

    void NotWhole(string storedId, string what);

    void LostInput(string storedId);

    void StoreFailed(Exception error, TimeSpan retryIn);

    void StoreUnsure(Exception error);

    void StoreWorks();

    void StoreWarns(string what);

    void StoreGivenUp(Exception error);
}
