namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Serializes and deserializes the values of items in one stage. It calls user code (a serializer), so every member may throw.</summary>
internal abstract class StageCodec
{
    /// <summary>Describes the bytes of the stage's input.</summary>
    public abstract string InputContract { get; }

    /// <summary>Describes the bytes of the stage's result.</summary>
    public abstract string OutputContract { get; }

    /// <summary>Describes the bytes of the stage's input as the first format did.</summary>
    public abstract string FirstInputContract { get; }

    /// <summary>Describes the bytes of the stage's result as the first format did.</summary>
    public abstract string FirstOutputContract { get; }

    /// <summary>Prepares the value of an item that has reached the end of the stage, or the input of an item that has not begun. The item is only read.</summary>
    public abstract SavedStep Write(Item item, bool isInput, object? worker, bool isSkipped, int attempts);

    /// <summary>Sets the value of an item to the stored result of the stage, or to its stored input.</summary>
    public abstract void Read(Item item, ReadOnlyMemory<byte> bytes, bool isInput);

    /// <summary>Gives an item no input: the default value of its type.</summary>
    public abstract void ClearInput(Item item);

    /// <summary>Returns the value of an item at the end of the stage, or before it, for an error.</summary>
    public abstract object? Box(Item item, bool isInput);
}

/// <param name="serializer">The serializer.</param>
/// <param name="caller">The AsyncLocals with which the serializer is called.</param>
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

/// <summary>Creates the codec of a stage.</summary>
internal sealed class StageCodecs(IPayloadSerializer serializer, Caller caller) : IStageVisitor<StageCodec>
{
    public StageCodec Visit<TIn, TOut>(Stage<TIn, TOut> stage) => new StageCodec<TIn, TOut>(serializer, caller);
}
