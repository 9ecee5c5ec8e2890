namespace AntFlow.Dataflow.Traces;

/// <summary>Numbers that look random, and are the same for the same seed, item and question, in whatever order they are asked for.</summary>
internal sealed class Chance(int seed)
{
    /// <summary>A number of [0, 1).</summary>
    public double Of(int item, int what)
    {
        ulong mixed = unchecked(((ulong)item * 0x9E3779B97F4A7C15) + ((ulong)(what + 1) * 0xBF58476D1CE4E5B9) + ((ulong)seed * 0x94D049BB133111EB));
        for (int round = 0; round < 2; round++)
            mixed = unchecked((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9);
        return ((mixed ^ (mixed >> 31)) >> 11) / (double)(1UL << 53);
    }

    /// <summary>A duration about a mean: its logarithm is distributed normally.</summary>
    public double Around(double mean, int item, int what)
    {
        double normal = Math.Sqrt(-2 * Math.Log(1 - Of(item, (2 * what) + 1000))) * Math.Cos(2 * Math.PI * Of(item, (2 * what) + 1001));
        return mean * Math.Exp((0.5 * normal) - 0.125);
    }
}
