using System.Collections;

namespace AntFlow.Dataflow.Tests.Execution;

/// <summary>A source that counts how it is used.</summary>
internal sealed class Watched(IEnumerable<int> values) : IEnumerable<int>
{
    private int _pulled;
    private int _closed;
    private int _inside;

    public int Pulled => Volatile.Read(ref _pulled);

    public int Closed => Volatile.Read(ref _closed);

    public int MostAtOnce { get; private set; }

    public IEnumerator<int> GetEnumerator()
    {
        try
        {
            foreach (int value in values)
            {
                MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref _inside));
                Interlocked.Increment(ref _pulled);
                Interlocked.Decrement(ref _inside);
                yield return value;
            }
        }
        finally
        {
            Interlocked.Increment(ref _closed);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
