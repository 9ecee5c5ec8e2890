namespace AntFlow.Dataflow;

/// <summary>Something that is done once was begun, the process died, and nobody can tell whether it was done: no <c>find</c> was given, and <see cref="OnUncertain.Fail"/> was.</summary>
public sealed class UncertainAnswerException : AntFlowException
{
    internal UncertainAnswerException(ItemId itemId, string stage, string key)
        : base($"Stage '{stage}': '{key}' of item '{itemId}' was begun in an earlier life of the run, and whether it was done is not known. Give OnceAsync a find, call ForgetAsync(\"{key}\"), or set OnUncertain to RunAgain.", inner: null)
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
