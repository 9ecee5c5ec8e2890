using Akka.Actor;
using Akka.Configuration;
using Akka.Streams;
using Akka.Streams.Dsl;

namespace AntFlow.Dataflow.Benchmarks.Contenders;

/// <summary>Akka.Streams with <c>SelectAsyncUnordered</c>: three stages in one fused graph.</summary>
public static class AkkaStream
{
    private static readonly Lazy<ActorMaterializer> _materializer = new(() =>
        ActorMaterializer.Create(ActorSystem.Create("benchmarks", ConfigurationFactory.ParseString("akka.loglevel = WARNING\nakka.stdout-loglevel = WARNING"))));

    public static async Task RunAsync(Workload work, Body body)
    {
        Func<long, Task<long>> task = Bodies.Of(body);
        long sum = await Source.From(work.Values)
            .SelectAsyncUnordered(Workload.Workers, task)
            .SelectAsyncUnordered(Workload.Workers, task)
            .SelectAsyncUnordered(Workload.Workers, task)
            .RunAggregate(0L, (total, value) => total + value, _materializer.Value);
        work.Check(sum, Workload.Stages);
    }
}
