namespace AntFlow.Dataflow.Testing;

/// <summary>Something that is held until it is let through or its token is canceled. It is one of the two and never both, so that a permit is not spent on what is just leaving.</summary>
/// <remarks>May be called from any thread, also under a lock: what waits goes on elsewhere.</remarks>
internal sealed class Held
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes what was canceled and has not left yet out of a line, and lets the next one through. Called under the lock of the line.</summary>
    /// <returns>Whether there was one to let through.</returns>
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

    /// <summary>False if it was canceled before.</summary>
    public bool TryLetThrough() => _end.TrySetResult();

    /// <summary>Waits until it is let through. Throws if the token is canceled before.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        CancellationTokenRegistration canceling = cancellationToken.UnsafeRegister(static (end, token) => ((TaskCompletionSource)end!).TrySetCanceled(token), _end);
        await using (canceling.ConfigureAwait(false))
            await _end.Task.ConfigureAwait(false);
    }
}
