namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Turns the values of items in one stage into bytes and back. User code (a serializer) runs in it: everything may throw.</summary>
internal abstract class StageCodec
{
    /// <summary>Describes the bytes of what the stage gets.</summary>
    public abstract string InputContract { get; }

    /// <summary>Describes the bytes of what it makes.</summary>
    public abstract string OutputContract { get; }

    /// <summary>Describes the bytes of what the stage gets as the first format did.</summary>
    public abstract string FirstInputContract { get; }

    /// <summary>Describes the bytes of what it makes as the first format did.</summary>
    public abstract string FirstOutputContract { get; }

    /// <summary>Prepares the value of an item that has come to the end of the stage, or the input of one that has not begun. The item is only read.</summary>
    public abstract SavedStep Write(Item item, bool isInput, object? worker, bool isSkipped, int attempts);

    /// <summary>Gives an item the value it has at the end of the stage, or at its begin.</summary>
    public abstract void Read(Item item, ReadOnlyMemory<byte> bytes, bool isInput);

    /// <summary>Gives an item no input: the default value of its type.</summary>
    public abstract void ClearInput(Item item);

    /// <summary>The value of an item at the end of the stage, or before it, for an error.</summary>
    public abstract object? Box(Item item, bool isInput);
}

/// <param name="serializer">The serializer.</param>
/// <param name="caller">What the serializer finds in its AsyncLocals.</param>
internal sealed class StageCodec<TIn, TOut>(IPayloadSerializer serializer, Caller caller) : StageCodec
{
    private readonly Payload<TIn> _input = new(serializer);
    private readonly Payload<TOut> _output = new(serializer);

    public override string InputContract => _input.Describe();

    public override string OutputContract => _output.Describe();

    public override string FirstInputContract => _input.DescribeFirst();

    public override string FirstOutputContract => _output.DescribeFirst();

    public override SavedStep Write(Item item, bool isInput, object? worker, bool isSkipped, int attempts) =>
        isInput ? Write(_input, item, worker, isSkipped, attempts) : Write(_output, item, worker, isSkipped, attempts);

    public override void Read(Item item, ReadOnlyMemory<byte> bytes, bool isInput)
    {
        UserCall user = UserCall.Begin(caller);
        try
        {
            if (isInput)
                item.Value.Set(_input.Read(bytes));
            else
                item.Value.Set(_output.Read(bytes));
        }
        finally
        {
            user.End();
        }
    }

    public override void ClearInput(Item item) => item.Input.Set(default(TIn)!);

    public override object? Box(Item item, bool isInput) => isInput ? item.Value.Get<TIn>() : item.Value.Get<TOut>();

    private SavedStep Write<T>(Payload<T> payload, Item item, object? worker, bool isSkipped, int attempts)
    {
        UserCall user = UserCall.Begin(caller);
        try
        {
            ReadOnlyMemory<byte> bytes = payload.Write(item.Value.Get<T>(), out T copy, out bool isCopied);
            return isCopied ? new SavedStep<T>(worker, isSkipped, bytes, attempts, copy) : new SavedStep(worker, isSkipped, bytes, attempts);
        }
        finally
        {
            user.End();
        }
    }
}

/// <summary>Makes the codec of a stage.</summary>
internal sealed class StageCodecs(IPayloadSerializer serializer, Caller caller) : IStageVisitor<StageCodec>
{
    public StageCodec Visit<TIn, TOut>(Stage<TIn, TOut> stage) => new StageCodec<TIn, TOut>(serializer, caller);
}
