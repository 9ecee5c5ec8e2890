namespace AntFlow.Dataflow;

/// <summary>Receives a stage with its types.</summary>
internal interface IStageVisitor<out TResult>
{
    TResult Visit<TIn, TOut>(Stage<TIn, TOut> stage);
}
