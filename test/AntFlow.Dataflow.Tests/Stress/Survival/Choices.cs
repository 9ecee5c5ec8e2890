namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>How a start of the run is made.</summary>
internal enum LifeShape
{
    Start,
    RunAsync,
    StreamAsync,
}

/// <summary>How a start of the run ends.</summary>
internal enum LifeEnd
{
    /// <summary>By itself.</summary>
    Completed,

    /// <summary>The process is killed.</summary>
    Killed,

    Canceled,
    StoppedAfterStage,
    StoppedAfterItem,
    StoppedWithGrace,

    /// <summary>It is stopped while bodies are about to fail.</summary>
    StoppedInFailures,
    Disposed,

    /// <summary>The reader of the stream leaves it.</summary>
    Left,
}

/// <summary>What a body does at a call.</summary>
internal enum Deed
{
    Return,
    Yield,
    Sleep,
    IgnoreToken,
    Throw,
    ThrowForGood,
    ThrowCanceled,
    TimeOut,
    Throttle,
    LoseTheAnswer,
}

/// <summary>What a stage does once.</summary>
internal enum OnceShape
{
    Nothing,
    WithFind,
    WithoutFind,
}

/// <summary>How a feed call of a start is made.</summary>
internal enum LifeFeedShape
{
    Values,
    AsyncValues,
    OneByOne,
    TryOneByOne,
    ToStageByName,
    ToStageByObject,
}
