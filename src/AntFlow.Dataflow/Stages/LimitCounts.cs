namespace AntFlow.Dataflow;

/// <summary>The limit of a task at one instant, as copied under the lock of its stage.</summary>
internal readonly record struct LimitCounts(string Task, int MaxConcurrency, int InUse, int Waiting);
