namespace AntFlow.Dataflow;

/// <summary>Runs items through a single task in one call. For several tasks, tasks that take a context, stage options or async streams, use <see cref="PipelineBuilder"/>.</summary>
/// <remarks>The stage has the name of the function, or <c>Stage1</c> if the function has no name.</remarks>
public static partial class Pipeline
{
    private static PipelineBuilder<TIn, TOut> Of<TIn, TOut>(TaskForm<TIn, TOut> form, int workers, RetryPolicy? retry) =>
        PipelineBuilder.Stage(Stage<TIn, TOut>.OfTask(form.MethodName ?? "Stage1", form, workers, options =>
        {
            if (retry is not null)
                options.Retry = retry;
        }));
}
