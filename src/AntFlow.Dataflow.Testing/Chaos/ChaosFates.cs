using System.Collections.Concurrent;
using System.Globalization;

namespace AntFlow.Dataflow.Testing;

/// <summary>Numbers the calls of a store, and decides by the seed what happens to each.</summary>
internal sealed class ChaosFates
{
    private readonly ChaosStoreOptions _options;
    private readonly ConcurrentDictionary<string, int> _calls = new(StringComparer.Ordinal);

    public ChaosFates(ChaosStoreOptions options)
    {
        _options = options.Checked();
    }

    private enum Kind
    {
        Slow,
        Refused,
        LostRun,
        LostAnswer,
    }

    public int Next(string method) => _calls.AddOrUpdate(method, 1, static (_, count) => count + 1);

    public int CountOf(string method) => _calls.GetValueOrDefault(method);

    /// <summary>Waits if the call is slow, and throws if it is to fail before it does anything.</summary>
    public async ValueTask BeginAsync(ChaosCall call, CancellationToken cancellationToken)
    {
        if (Hits(call, Kind.Slow, _options.SlowCallRate))
            await Task.Delay(_options.SlowCallDelay, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        if (call.Batch is null)
        {
            if (Hits(call, Kind.Refused, _options.FailedCallRate))
                throw Error(call, "failed before it did anything");
        }
        else if (Hits(call, Kind.Refused, _options.RefusedWriteRate))
        {
            throw Error(call, "was refused: nothing was written");
        }
    }

    /// <summary>Whether the run is lost at this write.</summary>
    public bool LosesRun(ChaosCall write) => Hits(write, Kind.LostRun, _options.LostRunRate);

    /// <summary>Why a run was lost, for its error.</summary>
    public string WhyLost(ChaosCall write) => string.Create(CultureInfo.InvariantCulture, $"the ChaosStore with seed {_options.Seed} took it away at call {write.Number} of {write.Method}");

    /// <summary>Throws if the answer of a write that was done is lost.</summary>
    public void EndWrite(ChaosCall write)
    {
        if (Hits(write, Kind.LostAnswer, _options.LostResponseRate))
            throw Error(write, "was written, and its answer was lost");
    }

    private ChaosException Error(ChaosCall call, string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Call {call.Number} of {call.Method} {what} (ChaosStore with seed {_options.Seed})."), _options.Seed);

    private bool Hits(ChaosCall call, Kind kind, double rate)
    {
        if (rate <= 0)
            return false;
        ulong state = Mix((ulong)(uint)_options.Seed + 0x9E3779B97F4A7C15);
        foreach (char letter in call.Method)
            state = Mix(state ^ letter);
        state = Mix(state ^ (uint)call.Number);
        state = Mix(state ^ (ulong)kind);
        return (state >> 11) * (1.0 / (1UL << 53)) < rate;
    }

    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
