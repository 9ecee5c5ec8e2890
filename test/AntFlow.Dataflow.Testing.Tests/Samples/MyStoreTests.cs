using AntFlow.Dataflow.Testing.NUnit;
using NUnit.Framework;

namespace AntFlow.Dataflow.Testing.Tests.Samples;

// sample: nunit
[Parallelizable(ParallelScope.All)]
public sealed class MyStoreTests : CheckpointStoreConformance<MyFixture>;
// end
