using NUnit.Framework;

[assembly: Parallelizable(ParallelScope.All)]
[assembly: FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
// Each case is a process of its own that mostly starts, or waits.
[assembly: LevelOfParallelism(2)]
