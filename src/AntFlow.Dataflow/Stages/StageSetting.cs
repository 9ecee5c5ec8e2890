namespace AntFlow.Dataflow;

/// <summary>The options of a stage that a pipeline has defaults for.</summary>
[Flags]
internal enum StageSetting
{
    None = 0,
    Retry = 1,
    RetryScope = 2,
    AttemptTimeout = 4,
    ItemTimeout = 8,
    Scheduler = 16,
}
