using Microsoft.Extensions.Time.Testing;

namespace AntFlow.Dataflow.TestKit;

/// <summary>A clock that moves only when told to.</summary>
public sealed class SteppedTime : FakeTimeProvider;
