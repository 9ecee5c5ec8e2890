namespace AntFlow.Dataflow;

/// <summary>Names for priorities. A priority is any <see cref="int"/>; the lower one goes first.</summary>
public static class ItemPriority
{
    /// <summary>Goes before <see cref="Normal"/>.</summary>
    public const int High = 10;

    /// <summary>What an item has that was fed without a priority.</summary>
    public const int Normal = 100;

    /// <summary>Goes after <see cref="Normal"/>.</summary>
    public const int Low = 1000;
}
