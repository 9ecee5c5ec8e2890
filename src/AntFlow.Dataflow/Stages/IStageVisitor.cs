namespace AntFlow.Dataflow;

/// <summary>Somebody who needs the types of a stage.</summary>
internal interface IStageVisitor<out TResult>
{
    TResult Visit<TIn, TOut>(Stage<TIn, TOut> stage);
}
