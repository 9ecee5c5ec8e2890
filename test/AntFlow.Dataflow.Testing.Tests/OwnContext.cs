namespace AntFlow.Dataflow.Testing.Tests;

/// <summary>Runs something under a context that is not the default one: what a canceling sets off then goes on in another thread, and not before <c>Cancel</c> has returned. So for a moment something is
/// canceled and has not left.</summary>
internal sealed class OwnContext : SynchronizationContext
{
    public static Task RunAsync(Action body) => Task.Run(() =>
    {
        SynchronizationContext? before = Current;
        SetSynchronizationContext(new OwnContext());
        try
        {
            body();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    });
}
