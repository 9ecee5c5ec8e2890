using AntFlow.Dataflow.Tests.Conventions;
using AntFlow.Dataflow.Traces;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Snapshots;

/// <summary>The estimate, and what is blocking, against what real runs have come to. How they were recorded: Traces/README.md.</summary>
public sealed class RecordedRuns
{
    private static readonly string _folder = Path.Combine(Repository.Root, "test", "AntFlow.Dataflow.Tests", "Snapshots", "Traces");
    private static readonly int[] _seeds = [1, 2, 3];

    [TestCase("steady")]
    [TestCase("some twenty times slower")]
    [TestCase("retry storm")]
    [TestCase("slow last stage")]
    [TestCase("feeder slower than the stages")]
    [TestCase("paused")]
    public void The_true_end_lies_in_the_band_at_most_moments_and_the_band_is_narrow(string kind)
    {
        var score = new EstimateScore();
        foreach ((IReadOnlyList<PipelineSnapshot> trace, DateTimeOffset end) in _seeds.Select(seed => TraceFile.Play(Read(kind, seed))))
            score.Add(trace, end);
        TestContext.Out.WriteLine($"{kind}: {score}");

        score.ShouldBeGood(leastKnown: kind == "paused" ? 0.6 : 0.9);
    }

    [TestCase("steady", BottleneckKind.Workers, "Fetch")]
    [TestCase("some twenty times slower", BottleneckKind.Workers, "Fetch")]
    [TestCase("retry storm", BottleneckKind.Backoff, "Check")]
    [TestCase("slow last stage", BottleneckKind.Downstream, "Upload")]
    [TestCase("feeder slower than the stages", BottleneckKind.Feeder, null)]
    [TestCase("paused", BottleneckKind.Workers, "Fetch")]
    public void What_is_blocking_is_what_was_built_to_block(string kind, BottleneckKind expected, string? stage)
    {
        foreach (int seed in _seeds)
        {
            PipelineSnapshot[] trace = [.. TraceFile.Play(Read(kind, seed)).Snapshots];
            // Neither the first moments, at which the queues are not full yet, nor the last ones, at which little is left.
            (BottleneckKind Kind, string? Stage)[] middle = [.. Enumerable.Range(1, trace.Length - 1)
                .Where(i => trace[i].Succeeded >= 0.2 * trace[i].Total && trace[i].Succeeded <= 0.8 * trace[i].Total && !trace[i].IsPaused)
                .Select(i => Bottleneck.Find(trace[i], trace[i - 1]))
                .Select(found => (found.Kind, found.Stage))];

            string counts = string.Join('\n', middle.CountBy(found => found));
            middle.Count(found => found.Stage == stage).ShouldBeGreaterThan(middle.Length * 19 / 20, counts);
            middle.Count(found => found == (expected, stage)).ShouldBeGreaterThan(middle.Length * 9 / 10, counts);
        }
    }

    [Test]
    public void While_a_run_was_paused_that_is_what_was_blocking()
    {
        PipelineSnapshot[] paused = [.. TraceFile.Play(Read("paused", 1)).Snapshots.Where(snapshot => snapshot.IsPaused)];

        paused.Length.ShouldBeGreaterThan(20);
        paused.ShouldAllBe(snapshot => Bottleneck.Find(snapshot, null).Kind == BottleneckKind.Paused);
    }

    [Test]
    public void Every_recorded_moment_adds_up()
    {
        string[] files = Directory.GetFiles(_folder, "*.json.gz");
        files.Length.ShouldBe(18);
        foreach (string file in files)
        {
            Trace trace = TraceFile.Read(file);
            Path.GetFileName(file).ShouldBe(TraceFile.NameOf(trace.Name, trace.Seed));
            trace.Seconds.ShouldBeInRange(15, 45, trace.Name);
            trace.Moments.Count.ShouldBeGreaterThan(60, trace.Name);
            TraceFile.Play(trace).Snapshots.ShouldAllBe(now => now.Fed == now.Queued + now.Quarantined + now.Limited + now.InProgress + now.Retrying + now.Succeeded + now.Failed + now.Canceled);
        }
    }

    [Test]
    public void What_is_written_can_be_read()
    {
        string file = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        Trace trace = Read("retry storm", 1);
        try
        {
            TraceFile.Write(file, trace);

            TraceFile.Read(file).Moments[50].Stages[1].ShouldBeEquivalentTo(trace.Moments[50].Stages[1]);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static Trace Read(string kind, int seed) => TraceFile.Read(Path.Combine(_folder, TraceFile.NameOf(kind, seed)));
}
