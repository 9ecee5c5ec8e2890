namespace AntFlow.Dataflow;

/// <summary>Brings the unfinished items of earlier starts back into a run whose input is stored.</summary>
internal static class Returning
{
    public static async Task BringBackAsync<TOut>(RunCore<TOut> core)
    {
        RunCheckpoints checkpoints = core.Checkpoints!;
        var feeder = new UniqueIdFeeder<TOut>(core, core.First);
        using var call = new FeedCall<TOut>(core, core.First, CancellationToken.None, bringsBack: true);
        await foreach ((Item item, FeedRoute route) in checkpoints.BringBackAsync(() => core.Envelopes.Rent(ref call.Spare), core.Envelopes.Return).ConfigureAwait(false))
            await feeder.AcceptRoutedAsync(call, item, route).ConfigureAwait(false);
    }
}
