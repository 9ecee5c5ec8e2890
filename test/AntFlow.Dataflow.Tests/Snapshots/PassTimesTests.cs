using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Snapshots;

public sealed class PassTimesTests
{
    [Test]
    public void Workers_that_count_at_once_lose_nothing()
    {
        var times = new PassTimes(ticksPerSecond: 1000);
        Parallel.For(0, 8, worker =>
        {
            for (int i = 0; i < 10_000; i++)
                times.Add(worker, i + 1, i + 1);
        });

        times.Merge(1).Total.ShouldBe(80_000);
    }
}
