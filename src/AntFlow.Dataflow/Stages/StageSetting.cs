namespace AntFlow.Dataflow;

/// <summary>The stage options for which a pipeline can have defaults.</summary>
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
