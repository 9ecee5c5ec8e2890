namespace AntFlow.Dataflow;

/// <summary>Who writes down what happens to the store.</summary>
internal interface ICheckpointLog
{
    void Opened(string location, long storedItems, InterruptedCounts interrupted);

    void NotWhole(string storedId, string what);

    void StoreFailed(Exception error, TimeSpan retryIn);

    void StoreWorks();

    void StoreWarns(string what);

    void StoreGivenUp(Exception error);
}
