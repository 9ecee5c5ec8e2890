using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>The bounds for the number of workers of a pool.</summary>
/// <remarks>A pool makes all its workers at once, with their names, and a snapshot copies them: a number that is meant as "no limit" would use up all memory.</remarks>
internal static class WorkerCount
{
    public const int Most = 100_000;

    /// <summary>What to do about a number above <see cref="Most"/>.</summary>
    public const string Advice = "There is no unlimited value: set the number that may run at once";

    /// <summary>The bound with thousands separators.</summary>
    public static string MostText { get; } = Most.ToString("N0", CultureInfo.InvariantCulture);

    public static void ThrowIfUnfit(int workers, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1, name);
        if (workers > Most)
            throw new ArgumentOutOfRangeException(name, workers, string.Create(CultureInfo.InvariantCulture, $"{name} is {workers}; it must be at most {MostText}. {Advice}."));
    }
}
