using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests;

public sealed class SmokeTests
{
    [Test]
    public void Works() => 1.ShouldBe(1);
}
