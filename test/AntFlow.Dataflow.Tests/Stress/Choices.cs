namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>What a body does instead of its work.</summary>
internal enum Fault
{
    None,
    Throw,
    ThrowForGood,
    ThrowCanceled,
    CanceledTask,
    NullTask,
    NullValue,
    TimeOut,
    IgnoreToken,
    Throttle,
    ThrowInRegistration,
}

/// <summary>How the tasks or the function of a stage are written.</summary>
internal enum TaskShape
{
    Async,
    WithContext,
    Sync,
}

/// <summary>How the pipeline is run.</summary>
internal enum RunShape
{
    Start,
    RunAsync,
    StreamAsync,
    AsBlock,
}

/// <summary>What becomes of the results.</summary>
internal enum Reading
{
    Collect,
    Drop,
    Read,
    ReadInOrder,
    ReadAndChange,
    ReadAndLeave,
}

/// <summary>How a feeder feeds.</summary>
internal enum FeedShape
{
    Values,
    WorkItems,
    AsyncValues,
    AsyncWorkItems,
    ArrayOfValues,
    ListOfWorkItems,
    ToStageByName,
    ToStageByObject,
    OneByOne,
    TryOneByOne,
    IdleStream,
    IdleSequence,
}

/// <summary>What is done to a run while it goes on.</summary>
internal enum Move
{
    PauseRun,
    ResumeRun,
    PauseStage,
    ResumeStage,
    MoreWorkers,
    FewerWorkers,
    Complete,
    StopAfterStage,
    StopAfterItem,
    StopWithGrace,
    CancelToken,
    Dispose,
}

internal enum Clock
{
    Real,
    Stepped,
}

/// <summary>What a display does when it is called.</summary>
internal enum DisplayShape
{
    None,
    Silent,
    Throwing,
    Blocking,
}

internal enum LogShape
{
    None,
    Debug,
    Throwing,
}

internal enum TrackShape
{
    None,
    Silent,
    Wait,
    DropOldest,
}
