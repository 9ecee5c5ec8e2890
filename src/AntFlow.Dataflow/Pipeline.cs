namespace AntFlow.Dataflow;

/// <summary>Runs items through one task in one line. More tasks, tasks that take a context, options of a stage and async streams are said by <see cref="PipelineBuilder"/>, in one statement as well.</summary>
/// <remarks>The stage is named after the function where that has a name, and <c>Stage1</c> where it has none.</remarks>
public static partial class Pipeline
{
    private static PipelineBuilder<TIn, TOut> Of<TIn, TOut>(TaskForm<TIn, TOut> form, int workers, RetryPolicy? retry) =>
        PipelineBuilder.Stage(Stage<TIn, TOut>.OfTask(form.MethodName ?? "Stage1", form, workers, options =>
        {
            if (retry is not null)
                options.Retry = retry;
        }));
}
