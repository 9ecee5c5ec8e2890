namespace AntFlow.Dataflow;

// The seams of the engine in the faults build: each step of an item executes the handicap.
internal sealed partial class WorkerPool
{
    static partial void Step() => Handicap.Carry();
}

internal sealed partial class StageIntake
{
    static partial void Step() => Handicap.Carry();
}

internal sealed partial class StageAttempts
{
    static partial void Step() => Handicap.Carry();
}

internal sealed partial class OutcomeHandler
{
    static partial void Step() => Handicap.Carry();
}

internal sealed partial class UserCode
{
    static partial void Step() => Handicap.Carry();
}

internal abstract partial class RunState
{
    static partial void Step() => Handicap.Carry();
}
