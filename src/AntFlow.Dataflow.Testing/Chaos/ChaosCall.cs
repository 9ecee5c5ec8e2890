namespace AntFlow.Dataflow.Testing;

/// <summary>A call to a <see cref="ChaosStore"/>, or to a run of it, as the hooks receive it.</summary>
public sealed record ChaosCall
{
    /// <summary>Gets the name of the method, such as <c>WriteAsync</c>: a method of <see cref="ICheckpointStore"/> or <see cref="ICheckpointRun"/>.</summary>
    public required string Method { get; init; }

    /// <summary>Gets the number of the call among all calls of methods of this name to the store and its runs, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>Gets the id of the run; null where all runs are read.</summary>
    public string? RunId { get; init; }

    /// <summary>Gets the batch that is written; null for all methods except <c>WriteAsync</c>. Valid during the call: the memory of its values is reused afterwards.</summary>
    public CheckpointBatch? Batch { get; init; }

    /// <summary>Gets whether the end of the process is planned; null for all methods except <c>MarkPlannedEndAsync</c>.</summary>
    public bool? IsPlanned { get; init; }
}
