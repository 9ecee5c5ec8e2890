namespace AntFlow.Dataflow;

/// <summary>Runs items through one to four tasks in one line, a stage each. Longer pipelines are made with <see cref="PipelineBuilder"/>.</summary>
/// <remarks>Stages are named after the functions where those have names, and <c>Stage1</c> to <c>Stage4</c> where they have not.</remarks>
public static partial class Pipeline
{
    private static PipelineBuilder<TIn, TOut> Begin<TIn, TOut>(TaskForm<TIn, TOut> form, int workers, RetryPolicy? retry) =>
        PipelineBuilder.Stage(Make(form, position: 1, [], workers, retry));

    private static PipelineBuilder<TIn, TNext> Next<TIn, TOut, TNext>(this PipelineBuilder<TIn, TOut> builder, TaskForm<TOut, TNext> form, int workers, RetryPolicy? retry) =>
        builder.Then(Make(form, builder.StageNames.Count + 1, builder.StageNames, workers, retry));

    private static Stage<TIn, TOut> Make<TIn, TOut>(TaskForm<TIn, TOut> form, int position, IReadOnlyList<string> taken, int workers, RetryPolicy? retry)
    {
        // The same function may be given twice.
        string name = form.MethodName is { } method && !taken.Contains(method, StringComparer.Ordinal) ? method : $"Stage{position}";
        return Stage<TIn, TOut>.OfTask(name, form, workers, options =>
        {
            if (retry is not null)
                options.Retry = retry;
        });
    }
}
