using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow;

/// <summary>What the watch window of a debugger shows: why nothing enters the block, and why nothing leaves it.</summary>
internal sealed class PriorityBufferBlockDebugView<T>(PriorityBufferBlock<T> block)
{
    public string Name => block.ToString();

    public int Count => block.Count;

    public int BoundedCapacity => block.Capacity;

    /// <summary>The number of sources that wait for room.</summary>
    public int PostponedOffers => block.Target.PostponedCount;

    public bool IsDecliningPermanently => block.Target.IsClosing;

    public int LinkedTargets => block.Source.LinkCount;

    /// <summary>The target whose reservation holds up the other targets.</summary>
    public ITargetBlock<T>? ReservedBy => block.Source.ReservedBy;

    public TaskStatus Completion => block.Completion.Status;
}
