using NUnit.Framework;

[assembly: Parallelizable(ParallelScope.All)]
[assembly: FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
// eng/pack.sh is a script for bash.
[assembly: Category("LinuxOnly")]
