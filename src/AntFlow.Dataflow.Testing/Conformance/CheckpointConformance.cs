namespace AntFlow.Dataflow.Testing;

/// <summary>The requirements on every checkpoint store, as cases that you run for a store of your own under any test framework.</summary>
public static class CheckpointConformance
{
    /// <summary>Gets all cases, in the order of their topics: Runs, Ownership, Writing, Reading, Marks, Large (values of 100 MB), Restarts (a pipeline that is restarted over the store), Shapes
    /// (pipelines that branch, filter and poll, restarted over the store), Ends (of processes, planned or not), and Operators (what <see cref="CheckpointInspector"/> does). A store that passes all of them meets what a pipeline relies on.</summary>
    public static IReadOnlyList<ConformanceCase> Cases { get; } =
    [
        .. RunsCases.All,
        .. OwnershipCases.All,
        .. WritingCases.All,
        .. ReadingCases.All,
        .. MarksCases.All,
        .. LargeCases.All,
        .. RestartsCases.All,
        .. ShapesCases.All,
        .. EndsCases.All,
        .. OperatorsCases.All,
    ];
}
