namespace AntFlow.Dataflow.Testing;

/// <summary>A wait that ends either because it is let through or because its token is canceled, never both, so that a permit is not spent on a wait that was just canceled.</summary>
/// <remarks>May be called from any thread, also under a lock: continuations run elsewhere.</remarks>
internal sealed class Held
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Removes canceled waits from the start of a line, and lets the next one through. Called under the lock of the line.</summary>
    /// <returns>Whether a wait was let through.</returns>
    public static bool TryLetFirstThrough(List<Held> line)
    {
        while (line.Count > 0)
        {
            Held first = line[0];
            line.RemoveAt(0);
            if (first.TryLetThrough())
                return true;
        }

        return false;
    }

    /// <summary>Lets it through; false if it was canceled before.</summary>
    public bool TryLetThrough() => _end.TrySetResult();

    /// <summary>Waits until it is let through. Throws if the token is canceled before.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        CancellationTokenRegistration canceling = cancellationToken.UnsafeRegister(static (end, token) => ((TaskCompletionSource)end!).TrySetCanceled(token), _end);
        await using (canceling.ConfigureAwait(false))
            await _end.Task.ConfigureAwait(false);
    }
}
