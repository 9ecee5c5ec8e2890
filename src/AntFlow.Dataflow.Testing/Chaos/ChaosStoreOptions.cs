using System.Globalization;

namespace AntFlow.Dataflow.Testing;

/// <summary>Configures the random failures of a <see cref="ChaosStore"/>. By default there are none. Rates are shares: 0 for never, 0.25 for one call in four, 1 for each call. Copied by the
/// store, which throws a <see cref="PipelineConfigurationException"/> that lists all invalid values.</summary>
/// <remarks>What happens to a call depends on the seed, the name of its method and its number among the calls of that name, but not on time or threads: the third write ends the same way in
/// each run of a test.</remarks>
public sealed class ChaosStoreOptions
{
    /// <summary>Gets or sets the seed that decides which calls fail. Every error contains it. Default: 0. Any number.</summary>
    public int Seed { get; set; }

    /// <summary>Gets or sets the share of writes that fail before anything is written, with a <see cref="ChaosException"/>. Default: 0. From 0 to 1.</summary>
    public double RefusedWriteRate { get; set; }

    /// <summary>Gets or sets the share of writes that are written and fail nevertheless, with a <see cref="ChaosException"/>: the answer is lost, as when a connection breaks during a commit.
    /// Default: 0. From 0 to 1.</summary>
    public double LostResponseRate { get; set; }

    /// <summary>Gets or sets the share of all other calls (openings, readings, marks) that fail before they do anything, with a <see cref="ChaosException"/>. Default: 0. From 0 to 1.</summary>
    public double FailedCallRate { get; set; }

    /// <summary>Gets or sets the share of writes at which another owner turns out to have the run: nothing is written, this write and all later ones fail with a
    /// <see cref="LeaseLostException"/>, and <see cref="ICheckpointRun.Lost"/> is canceled. Default: 0. From 0 to 1.</summary>
    public double LostRunRate { get; set; }

    /// <summary>Gets or sets the share of all calls that are slowed down by <see cref="SlowCallDelay"/>. Default: 0. From 0 to 1.</summary>
    public double SlowCallRate { get; set; }

    /// <summary>Gets or sets how much longer a slow call takes, by <see cref="TimeProvider"/>. Default: 1 second. Above 0, at most 1 day.</summary>
    public TimeSpan SlowCallDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets the clock for slow calls. Default: <see cref="System.TimeProvider.System"/>; in tests that step a clock, use the <see cref="SteppedTime"/> of the pipeline.</summary>
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
            (nameof(RefusedWriteRate), RefusedWriteRate), (nameof(LostResponseRate), LostResponseRate), (nameof(FailedCallRate), FailedCallRate), (nameof(LostRunRate), LostRunRate), (nameof(SlowCallRate), SlowCallRate),
        ];
        // NaN is not in the range either.
        foreach ((string name, double rate) in rates.Where(r => r.Rate is not (>= 0 and <= 1)))
            yield return string.Create(CultureInfo.InvariantCulture, $"{nameof(ChaosStoreOptions)}.{name} is {rate}; it must be from 0 to 1.");
        if (SlowCallDelay <= TimeSpan.Zero || SlowCallDelay > TimeSpan.FromDays(1))
            yield return $"{nameof(ChaosStoreOptions)}.SlowCallDelay is {SlowCallDelay}; it must be above zero and at most 1 day.";
        if (TimeProvider is null)
            yield return $"{nameof(ChaosStoreOptions)}.TimeProvider is null; it must have a value.";
    }
}
