namespace AntFlow.Dataflow;

/// <summary>Constants for priorities. A priority can be any <see cref="int"/>; a lower number goes first.</summary>
public static class ItemPriority
{
    /// <summary>Precedes <see cref="Normal"/>.</summary>
    public const int High = 10;

    /// <summary>The priority of an item that is fed without one.</summary>
    public const int Normal = 100;

    /// <summary>Follows <see cref="Normal"/>.</summary>
    public const int Low = 1000;
}
