namespace AntFlow.Dataflow.TestKit;

/// <summary>Chance that depends on a seed and on what is asked, and never on time or threads.</summary>
public sealed class Dice
{
    private ulong _state;

    private Dice(ulong state) => _state = state;

    public static Dice Of(int seed, params ReadOnlySpan<int> about)
    {
        ulong state = Mix((ulong)(uint)seed + 0x9E3779B97F4A7C15);
        foreach (int key in about)
            state = Mix(state ^ ((ulong)(uint)key + 0xD1B54A32D192ED03));
        return new Dice(state);
    }

    public int Below(int bound) => (int)(Next() % (ulong)bound);

    public int Between(int least, int most) => least + Below(most - least + 1);

    public bool OneIn(int count) => Below(count) == 0;

    public bool Percent(int share) => Below(100) < share;

    public double Fraction() => (Next() >> 11) * (1.0 / (1UL << 53));

    public T Pick<T>(params ReadOnlySpan<T> choices) => choices[Below(choices.Length)];

    private ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        return Mix(_state);
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
