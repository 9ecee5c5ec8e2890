namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Counts, and tells when a count is reached.</summary>
internal sealed class Milestones
{
    /// <summary>A number of turns of the thread pool in which nothing was counted: everything that could continue at once has.</summary>
    private const int MostQuietTurns = 400;

    private int _count;

    public void Add() => Interlocked.Increment(ref _count);

    /// <summary>Waits for a count, but not forever: a paused run does not count on. No clock decides that, only how long nothing moves.</summary>
    public async Task WhenAsync(int count)
    {
        int last = Volatile.Read(ref _count);
        for (int quiet = 0; last < count && quiet < MostQuietTurns; quiet++)
        {
            await Task.Yield();
            int now = Volatile.Read(ref _count);
            if (now != last)
                quiet = 0;
            last = now;
        }
    }
}
