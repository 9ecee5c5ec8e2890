using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Decisions.Tests.Kit;

/// <summary>Asks the garbage collector whether something is still reachable.</summary>
internal static class Memory
{
    /// <summary>Makes something in a frame of its own, which keeps nothing of it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static WeakReference Make(Func<object> make) => new(make());

    /// <summary>Whether something other than the stack of the caller keeps it.</summary>
    public static bool IsKept(WeakReference made)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return made.IsAlive;
    }
}
