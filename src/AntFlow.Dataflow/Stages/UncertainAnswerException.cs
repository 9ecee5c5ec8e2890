namespace AntFlow.Dataflow;

/// <summary>Thrown when an earlier process may or may not have completed an <c>OnceAsync</c> call, no <c>find</c> was supplied, and the option is <see cref="UncertainAnswerHandling.Fail"/>.</summary>
public sealed class UncertainAnswerException : AntFlowException
{
    internal UncertainAnswerException(ItemId itemId, string stage, string key)
        : base($"Stage '{stage}': '{key}' of item '{itemId}' was begun before this run was resumed, and whether it was done is not known. Give OnceAsync a find, call ForgetAsync(\"{key}\"), or set UncertainAnswerHandling to RunAgain.", inner: null)
    {
        ItemId = itemId;
        Stage = stage;
        Key = key;
    }

    internal override bool IsFinal => true;

    /// <summary>The item.</summary>
    public ItemId ItemId { get; }

    /// <summary>The stage.</summary>
    public string Stage { get; }

    /// <summary>The name given to <c>OnceAsync</c>.</summary>
    public string Key { get; }
}
