using System.Threading.Channels;
using System.Threading.Tasks.Dataflow;
using BenchmarkDotNet.Attributes;

namespace AntFlow.Dataflow.Benchmarks.Published;

/// <summary>What does priority cost in a buffer? All items in, then all out; times and bytes are per item.</summary>
[SimpleJob(warmupCount: 3, iterationCount: 9)]
public class PriorityBuffer
{
    private const int MostItems = 100_000;
    private const int Priorities = 4;

    [Benchmark(Baseline = true, Description = "BufferBlock (no priority)", OperationsPerInvoke = MostItems)]
    public long Buffer()
    {
        var buffer = new BufferBlock<long>();
        for (long value = 0; value < MostItems; value++)
            buffer.Post(value);
        long sum = 0;
        while (buffer.TryReceive(out long value))
            sum += value;
        return sum;
    }

    [Benchmark(Description = "PriorityBufferBlock", OperationsPerInvoke = MostItems)]
    public long OurBuffer()
    {
        var buffer = new PriorityBufferBlock<long>(value => (int)(value % Priorities));
        for (long value = 0; value < MostItems; value++)
            buffer.Post(value);
        long sum = 0;
        while (buffer.TryReceive(out long value))
            sum += value;
        return sum;
    }

    [Benchmark(Description = "prioritized Channel (not first in, first out)", OperationsPerInvoke = MostItems)]
    public long PrioritizedChannel()
    {
        Channel<long> channel = Channel.CreateUnboundedPrioritized(new UnboundedPrioritizedChannelOptions<long>
        {
            Comparer = Comparer<long>.Create((left, right) => (left % Priorities).CompareTo(right % Priorities)),
        });
        for (long value = 0; value < MostItems; value++)
            channel.Writer.TryWrite(value);
        long sum = 0;
        while (channel.Reader.TryRead(out long value))
            sum += value;
        return sum;
    }
}
