using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow.Tests;

/// <summary>A target and the way to see what it accepted: each accepted item comes out once.</summary>
public sealed record TargetUnderTest(ITargetBlock<int> Block, Func<Task<int>> Take, Func<Task<List<int>>> Drain)
{
    public static TargetUnderTest Of<TOut>(IPropagatorBlock<int, TOut> block, Func<TOut, int> valueOf) => new(
        block,
        async () => valueOf(await block.ReceiveAsync().InTime()),
        async () =>
        {
            var values = new List<int>();
            var receivable = (IReceivableSourceBlock<TOut>)block;
            while (await block.OutputAvailableAsync().InTime())
            {
                while (receivable.TryReceive(null, out TOut? item))
                    values.Add(valueOf(item));
            }

            return values;
        });

    /// <summary>Whether what is refused now will be refused until something is taken out. A block that does nothing but hold items is always at rest; one that works
    /// on them makes room as it goes, until its work has nowhere to go.</summary>
    public Func<bool> IsAtRest { get; init; } = () => true;

    /// <summary>Posts ascending numbers until the target is full to stay, and says how many it took.</summary>
    public async Task<int> Fill()
    {
        int count = 0;
        await Waiting.UntilAsync(() => IsFull(ref count));
        return count;
    }

    private bool IsFull(ref int count)
    {
        // In this order: what was at rest before it refused an item is full.
        bool isAtRest = IsAtRest();
        if (!Block.Post(count))
            return isAtRest;
        count++;
        return false;
    }

    /// <summary>Takes so many items.</summary>
    public async Task<List<int>> TakeMany(int count)
    {
        var values = new List<int>();
        while (values.Count < count)
            values.Add(await Take());
        return values;
    }
}
