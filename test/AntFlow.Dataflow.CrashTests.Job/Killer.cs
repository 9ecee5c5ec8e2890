using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace AntFlow.Dataflow.CrashTests.Job;

/// <summary>Ends the process by SIGKILL at the moment that was chosen for this life, and tells the ledger just before.</summary>
internal sealed class Killer(Settings settings, Ledger ledger)
{
    private int _reached;
    private int _isDying;

    /// <summary>Whether this life is to end at this kind of moment, and this is the one.</summary>
    public bool IsDue(string moment) =>
        string.Equals(moment, settings.KillAt, StringComparison.Ordinal) && Interlocked.Increment(ref _reached) >= settings.KillNumber && Volatile.Read(ref _isDying) == 0;

    /// <summary>A moment of this kind has come.</summary>
    public void At(string moment)
    {
        if (IsDue(moment))
            Die(moment);
    }

    /// <summary>Dies while something is under way: some part of the usual time after it was begun. If it has ended by then, the next one is tried.</summary>
    public async ValueTask<T> DieWithinAsync<T>(string moment, Func<Task<T>> begin, TimeSpan usual)
    {
        ledger.Write("dying", moment);
        long from = Stopwatch.GetTimestamp();
        Task<T> underWay = Task.Run(begin);
        TimeSpan until = usual * settings.KillDepth / 1000;
        // Not a timer: what is under way may take less than the shortest one.
        while (!underWay.IsCompleted)
        {
            if (Stopwatch.GetElapsedTime(from) >= until && !underWay.IsCompleted)
                Kill();
        }

        T result = await underWay;
        ledger.Write("missed", moment);
        return result;
    }

    /// <summary>Dies now.</summary>
    [DoesNotReturn]
    public void Die(string moment)
    {
        if (Interlocked.Exchange(ref _isDying, 1) == 0)
            ledger.Write("dying", moment);
        Kill();
    }

    /// <summary>Dies now, in the way that was chosen for the poison.</summary>
    [DoesNotReturn]
    public void DieOfPoison()
    {
        if (settings.PoisonBy == "kill")
            Die(Moments.Poison);
        if (Interlocked.Exchange(ref _isDying, 1) == 0)
            ledger.Write("dying", Moments.Poison);
        if (settings.PoisonBy == "exit")
            Environment.Exit(70);
        var crash = new Thread(static () => throw new InvalidOperationException("Nobody catches this."));
        crash.Start();
        crash.Join();
        throw new UnreachableException();
    }

    [DoesNotReturn]
    private static void Kill()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
        throw new UnreachableException();
    }
}
