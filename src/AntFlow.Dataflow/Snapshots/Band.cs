namespace AntFlow.Dataflow.Snapshots;

/// <summary>An uncertain time in seconds: P10, the median, P90.</summary>
internal readonly record struct Band(double Low, double Middle, double High)
{
    public static Band Zero { get; }

    /// <summary>Returns the later of two times.</summary>
    public static Band Max(Band one, Band other) => new(Math.Max(one.Low, other.Low), Math.Max(one.Middle, other.Middle), Math.Max(one.High, other.High));

    /// <summary>Adds two times, one after the other, with independent errors.</summary>
    public static Band operator +(Band one, Band other)
    {
        double middle = one.Middle + other.Middle;
        return new Band(
            Math.Max(0, middle - Norm(one.Middle - one.Low, other.Middle - other.Low)), middle, middle + Norm(one.High - one.Middle, other.High - other.Middle));
    }

    private static double Norm(double one, double other) => Math.Sqrt((one * one) + (other * other));
}
