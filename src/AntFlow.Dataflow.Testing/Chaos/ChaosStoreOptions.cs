using System.Globalization;

namespace AntFlow.Dataflow.Testing;

/// <summary>What a <see cref="ChaosStore"/> does to calls by chance. By default nothing. Rates are shares: 0 for never, 0.25 for one call in four, 1 for each call. Copied by the store,
/// which throws a <see cref="PipelineConfigurationException"/> that tells all wrong values.</summary>
/// <remarks>What becomes of a call depends on the seed, the name of its method and its number among the calls of that name, and not on time or threads: the third write has the same fate in
/// each run of a test.</remarks>
public sealed class ChaosStoreOptions
{
    /// <summary>Decides which calls are hit. Stands in each error. Default: 0. Any number.</summary>
    public int Seed { get; set; }

    /// <summary>The share of writes that fail before anything is written, with a <see cref="ChaosException"/>. Default: 0. From 0 to 1.</summary>
    public double RefusedWrites { get; set; }

    /// <summary>The share of writes that are written and fail all the same, with a <see cref="ChaosException"/>: the answer is lost, as when a connection breaks during a commit. Default: 0.
    /// From 0 to 1.</summary>
    public double LostAnswers { get; set; }

    /// <summary>The share of all other calls that can fail which fail before they do anything, with a <see cref="ChaosException"/>: openings, readings, marks. Default: 0. From 0 to 1.</summary>
    public double FailedCalls { get; set; }

    /// <summary>The share of writes at which the run turns out to be another owner's: nothing is written, the write and all later ones fail with a <see cref="LeaseLostException"/>, and
    /// <see cref="ICheckpointRun.Lost"/> is canceled. Default: 0. From 0 to 1.</summary>
    public double LostRuns { get; set; }

    /// <summary>The share of all calls that take longer, by <see cref="SlowFor"/>. Default: 0. From 0 to 1.</summary>
    public double SlowCalls { get; set; }

    /// <summary>How much longer a slow call takes, by <see cref="TimeProvider"/>. Default: 1 second. Above 0, at most 1 day.</summary>
    public TimeSpan SlowFor { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The clock that slow calls wait by. Default: <see cref="System.TimeProvider.System"/>; give the <see cref="SteppedTime"/> of the pipeline where the test steps.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    internal ChaosStoreOptions Checked()
    {
        string[] faults = [.. FindFaults()];
        return faults.Length == 0 ? (ChaosStoreOptions)MemberwiseClone() : throw new PipelineConfigurationException(faults);
    }

    private IEnumerable<string> FindFaults()
    {
        (string Name, double Rate)[] rates =
        [
            (nameof(RefusedWrites), RefusedWrites), (nameof(LostAnswers), LostAnswers), (nameof(FailedCalls), FailedCalls), (nameof(LostRuns), LostRuns), (nameof(SlowCalls), SlowCalls),
        ];
        // Not a number is not in the range either.
        foreach ((string name, double rate) in rates.Where(r => r.Rate is not (>= 0 and <= 1)))
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(ChaosStoreOptions)}.{name} is {rate}; it must be from 0 to 1.");
        if (SlowFor <= TimeSpan.Zero || SlowFor > TimeSpan.FromDays(1))
            yield return $"{nameof(ChaosStoreOptions)}.SlowFor is {SlowFor}; it must be above zero and at most 1 day.";
        if (TimeProvider is null)
            yield return $"{nameof(ChaosStoreOptions)}.TimeProvider is null; it must have a value.";
    }
}
