using AntFlow.Dataflow.Testing.Tests.Stores;

namespace AntFlow.Dataflow.Testing.Tests.Samples;

// sample: place
public sealed class MyPlace : CheckpointPlace
{
    private readonly string _name = Guid.NewGuid().ToString("N");

    public override ValueTask<ICheckpointStore> OpenStoreAsync() => MyStore.OpenAsync(_name);

    public override ValueTask DieAsync(ICheckpointRun run) => ((MyRun)run).DieAsync();

    public override ValueTask DisposeAsync() => MyStore.DeleteAsync(_name);
}
// end
