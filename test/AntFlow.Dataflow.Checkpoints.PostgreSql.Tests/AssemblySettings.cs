using NUnit.Framework;

[assembly: Parallelizable(ParallelScope.All)]
[assembly: FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
// Nearly all of them need a server, which PostgreSqlServer starts with the programs and the rights that a Linux machine has.
[assembly: Category("LinuxOnly")]
