namespace AntFlow.Dataflow.Testing;

/// <summary>A call to a <see cref="ChaosStore"/>, or to a run of it, as its hooks see it.</summary>
public sealed record ChaosCall
{
    /// <summary>The name of the method, such as <c>WriteAsync</c>: that of <see cref="ICheckpointStore"/> or <see cref="ICheckpointRun"/>.</summary>
    public required string Method { get; init; }

    /// <summary>The number of the call among all calls of methods of this name to the store and its runs, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>The run; null where all runs are read.</summary>
    public string? RunId { get; init; }

    /// <summary>What is written; null for all but <c>WriteAsync</c>. Valid during the call: the memory of its values is used again afterwards.</summary>
    public CheckpointBatch? Batch { get; init; }

    /// <summary>Whether the end of the process is planned; null for all but <c>MarkPlannedEndAsync</c>.</summary>
    public bool? IsPlanned { get; init; }
}
