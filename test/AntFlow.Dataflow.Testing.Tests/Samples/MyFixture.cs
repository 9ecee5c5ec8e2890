using AntFlow.Dataflow.Testing.Tests.Stores;

namespace AntFlow.Dataflow.Testing.Tests.Samples;

// sample: place
public sealed class MyFixture : CheckpointStoreFixture
{
    private readonly string _name = Guid.NewGuid().ToString("N");

    public override ValueTask<ICheckpointStore> OpenStoreAsync() => MyStore.OpenAsync(_name);

    public override ValueTask CrashAsync(ICheckpointRun run) => ((MyRun)run).CrashAsync();

    public override ValueTask DisposeAsync() => MyStore.DeleteAsync(_name);
}
// end
