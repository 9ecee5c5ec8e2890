namespace AntFlow.Dataflow;

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

    /// <summary>The value of an item that has come to the end of the stage, or the input of one that has not begun.</summary>
    public abstract ReadOnlyMemory<byte> Write(Item item, bool isInput);

    /// <summary>Gives an item the value it has at the end of the stage, or at its begin.</summary>
    public abstract void Read(Item item, ReadOnlyMemory<byte> bytes, bool isInput);

    /// <summary>Gives an item no input: the default value of its type.</summary>
    public abstract void ClearInput(Item item);

    /// <summary>The value of an item at the end of the stage, for an error.</summary>
    public abstract object? BoxOutput(Item item);
}

internal sealed class StageCodec<TIn, TOut>(IPayloadSerializer serializer) : StageCodec
{
    private readonly Lazy<string> _inputContract = new(serializer.Describe<TIn>);
    private readonly Lazy<string> _outputContract = new(serializer.Describe<TOut>);

    public override string InputContract => _inputContract.Value;

    public override string OutputContract => _outputContract.Value;

    public override string FirstInputContract => serializer is JsonPayloads json ? json.DescribeFirst<TIn>() : InputContract;

    public override string FirstOutputContract => serializer is JsonPayloads json ? json.DescribeFirst<TOut>() : OutputContract;

    public override ReadOnlyMemory<byte> Write(Item item, bool isInput) =>
        isInput ? serializer.Serialize(item.Value.Get<TIn>()) : serializer.Serialize(item.Value.Get<TOut>());

    public override void Read(Item item, ReadOnlyMemory<byte> bytes, bool isInput)
    {
        if (isInput)
            item.Value.Set(serializer.Deserialize<TIn>(bytes));
        else
            item.Value.Set(serializer.Deserialize<TOut>(bytes));
    }

    public override void ClearInput(Item item) => item.Input.Set(default(TIn)!);

    public override object? BoxOutput(Item item) => item.Value.Get<TOut>();
}

/// <summary>Makes the codec of a stage.</summary>
internal sealed class StageCodecs(IPayloadSerializer serializer) : IStageVisitor<StageCodec>
{
    public StageCodec Visit<TIn, TOut>(Stage<TIn, TOut> stage) => new StageCodec<TIn, TOut>(serializer);
}
