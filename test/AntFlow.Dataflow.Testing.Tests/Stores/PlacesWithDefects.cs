using AntFlow.Dataflow.Testing.Tests.Samples;

namespace AntFlow.Dataflow.Testing.Tests.Stores;

/// <summary>A place whose stores have a defect.</summary>
internal abstract class PlaceWithDefect : CheckpointPlace
{
    private readonly MyPlace _place = new();

    public override async ValueTask<ICheckpointStore> OpenStoreAsync()
    {
        var store = (MyStore)await _place.OpenStoreAsync();
        Break(store);
        return store;
    }

    public override ValueTask DieAsync(ICheckpointRun run) => _place.DieAsync(run);

    public override ValueTask DisposeAsync() => _place.DisposeAsync();

    protected abstract void Break(MyStore store);
}

internal sealed class PlaceThatForgetsChunks : PlaceWithDefect
{
    protected override void Break(MyStore store) => store.ForgetsChunks = true;
}

internal sealed class PlaceOfTwoOwners : PlaceWithDefect
{
    protected override void Break(MyStore store) => store.LetsTwoOwnersIn = true;
}
