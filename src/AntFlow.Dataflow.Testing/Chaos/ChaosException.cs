namespace AntFlow.Dataflow.Testing;

/// <summary>Thrown by a call to a <see cref="ChaosStore"/> that its seed lets fail. A pipeline treats it as a temporary error of the store.</summary>
/// <param name="message">The call, what was done of it, and the seed.</param>
/// <param name="seed">The seed.</param>
public sealed class ChaosException(string message, int seed) : Exception(message)
{
    /// <summary>Gets the seed (<see cref="ChaosStoreOptions.Seed"/>): with it and the same rates, the same calls fail again.</summary>
    public int Seed { get; } = seed;
}
