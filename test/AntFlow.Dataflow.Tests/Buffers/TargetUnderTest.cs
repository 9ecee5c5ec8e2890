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

    /// <summary>Posts ascending numbers until the target is full, and says how many it took.</summary>
    public int Fill()
    {
        int count = 0;
        while (Block.Post(count))
            count++;
        return count;
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
