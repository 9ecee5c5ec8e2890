namespace AntFlow.Dataflow.Shapes;

/// <summary>The error in the result of an item that a filter (<c>ThenWhere</c>) did not let through. It is no failure: such an item ends <see cref="ResultStatus.Filtered"/>.</summary>
public sealed class ItemFilteredException : AntFlowException
{
    internal ItemFilteredException(string stage)
        : base($"Stage '{stage}' filtered the item out.", inner: null)
    {
        Stage = stage;
    }

    /// <summary>The name of the stage.</summary>
    public string Stage { get; }
}
