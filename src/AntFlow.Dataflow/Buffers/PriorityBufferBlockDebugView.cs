using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow;

/// <summary>What the watch window shows: why nothing comes in, and why nothing goes out.</summary>
internal sealed class PriorityBufferBlockDebugView<T>(PriorityBufferBlock<T> block)
{
    public string Name => block.ToString();

    public int Count => block.Count;

    public int BoundedCapacity => block.Capacity;

    /// <summary>How many sources wait for room.</summary>
    public int PostponedOffers => block.Target.PostponedCount;

    public bool IsDecliningPermanently => block.Target.IsClosing;

    public int LinkedTargets => block.Source.LinkCount;

    /// <summary>Who holds up the rest by a reservation.</summary>
    public ITargetBlock<T>? ReservedBy => block.Source.ReservedBy;

    public TaskStatus Completion => block.Completion.Status;
}
