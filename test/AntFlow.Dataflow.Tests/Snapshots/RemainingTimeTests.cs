using NUnit.Framework;

namespace AntFlow.Dataflow.Tests.Snapshots;

/// <summary>The estimate against the truth, over many simulated runs of each kind.</summary>
public sealed class RemainingTimeTests
{
    private const int Seeds = 40;

    private static readonly Dictionary<string, RunScript> _scripts = new()
    {
        ["steady"] = new RunScript(600, new StagePlan("Fetch", 8, Around(1)), new StagePlan("Parse", 4, Around(0.3)), new StagePlan("Save", 4, Around(0.4))),
        ["some twenty times slower"] = new RunScript(800, new StagePlan("Fetch", 8, SometimesSlow(0.5)), new StagePlan("Save", 4, Around(0.2))),
        ["retry storm"] = new RunScript(
            500,
            new StagePlan("Fetch", 8, Around(0.3)),
            new StagePlan("Check", 10, Around(0.4)) { Fails = 0.5, Attempts = 6, Delay = attempt => 0.5 * Math.Pow(2, attempt - 1) },
            new StagePlan("Save", 4, Around(0.2))),
        ["slow last stage"] = new RunScript(400, new StagePlan("Fetch", 8, Around(0.2)), new StagePlan("Parse", 4, Around(0.1)), new StagePlan("Upload", 3, Around(0.9))),
        ["feeder slower than the stages"] = new RunScript(300, new StagePlan("Fetch", 8, Around(1)), new StagePlan("Save", 4, Around(0.4))) { FeedEvery = random => -0.4 * Math.Log(1 - random.NextDouble()) },
        ["paused"] = new RunScript(600, new StagePlan("Fetch", 8, Around(1)), new StagePlan("Save", 4, Around(0.4))) { PausedFrom = 8, PausedUntil = 38 },
        ["fewer workers"] = new RunScript(600, new StagePlan("Fetch", 16, Around(1)), new StagePlan("Save", 4, Around(0.1))) { ResizedAt = 8, ResizedTo = 6 },
    };

    [TestCase("steady")]
    [TestCase("some twenty times slower")]
    [TestCase("retry storm")]
    [TestCase("slow last stage")]
    [TestCase("feeder slower than the stages")]
    [TestCase("paused")]
    [TestCase("fewer workers")]
    public void The_true_end_lies_in_the_band_at_most_moments_and_the_band_is_narrow(string kind)
    {
        var score = new EstimateScore();
        for (int seed = 0; seed < Seeds; seed++)
        {
            (IReadOnlyList<PipelineSnapshot> trace, DateTimeOffset end) = SimulatedRun.Play(_scripts[kind], seed);
            score.Add(trace, end);
        }

        TestContext.Out.WriteLine($"{kind}: {score}");

        score.ShouldBeGood(leastKnown: kind == "paused" ? 0.6 : 0.9);
    }

    private static Func<Random, double> Around(double mean) => random => mean * Math.Exp((0.5 * Normal(random)) - 0.125);

    private static Func<Random, double> SometimesSlow(double usual) => random => Around(random.NextDouble() < 0.05 ? usual * 20 : usual)(random);

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
