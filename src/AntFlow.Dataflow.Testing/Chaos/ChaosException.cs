namespace AntFlow.Dataflow.Testing;

/// <summary>What a call to a <see cref="ChaosStore"/> fails with where its seed decides so. To a pipeline it is an error of the store that may pass.</summary>
/// <param name="message">The call, what was done of it, and the seed.</param>
/// <param name="seed">The seed.</param>
public sealed class ChaosException(string message, int seed) : Exception(message)
{
    /// <summary>The seed (<see cref="ChaosStoreOptions.Seed"/>): with it and the same rates, the same calls fail again.</summary>
    public int Seed { get; } = seed;
}
