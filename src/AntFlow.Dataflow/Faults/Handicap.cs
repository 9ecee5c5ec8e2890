using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow;

/// <summary>Slows the engine down on purpose, so that the benchmark gate can show that it detects a slowdown.</summary>
/// <remarks>Off unless the process sets the switch before its first run. The switch is read once.</remarks>
internal static class Handicap
{
    private const string Switch = "AntFlow.Dataflow.Handicap";
    private static readonly TimeSpan _work = TimeSpan.FromTicks(2);
    private static readonly bool _isOn = AppContext.TryGetSwitch(Switch, out bool isOn) && isOn;

    /// <summary>Works for 200 ns while the switch is on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Carry()
    {
        if (_isOn)
            Work();
    }

    private static void Work()
    {
        long begin = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begin) < _work)
        {
        }
    }
}
