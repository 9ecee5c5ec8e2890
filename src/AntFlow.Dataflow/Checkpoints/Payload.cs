namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Writes and reads the values of one type. What was written goes on as it is read back, so that a run that is not disturbed computes what a resumed one does.</summary>
/// <remarks>User code runs in it (a serializer, getters, constructors): everything may throw. May be called from any thread.</remarks>
internal sealed class Payload<T>
{
    private readonly IPayloadSerializer _serializer;
    private readonly JsonPayloads? _json;
    private Proof _proof;

    public Payload(IPayloadSerializer serializer)
    {
        _serializer = serializer;
        _json = serializer as JsonPayloads;
    }

    /// <summary>Describes the bytes.</summary>
    public string Describe() => _serializer.Describe<T>();

    /// <summary>Describes the bytes as the first format did.</summary>
    public string DescribeFirst() => _json is null ? Describe() : _json.DescribeFirst<T>();

    /// <summary>Turns a value into bytes, and those into what goes on instead of the value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="copy">What was read back; the value itself, where it is proven to come back as it is.</param>
    /// <param name="isCopied">Whether it was read back.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="NotSupportedException">What was read back is not the same.</exception>
    public ReadOnlyMemory<byte> Write(T value, out T copy, out bool isCopied)
    {
        if (_proof == Proof.Unknown)
            _proof = WellFormed.Of(typeof(T), _json is null ? _ => true : _json.IsPlain);
        isCopied = _proof == Proof.None || (_proof == Proof.ByValue && !WellFormed.IsProven(value));
        ReadOnlyMemory<byte> bytes = _json is null ? _serializer.Serialize(value) : _json.Write(value);
        copy = !isCopied ? value : _json is null ? _serializer.Deserialize<T>(bytes) : _json.ReadBack(value, bytes);
        return bytes;
    }

    /// <summary>Turns bytes back into a value.</summary>
    public T Read(ReadOnlyMemory<byte> bytes) => _serializer.Deserialize<T>(bytes);
}
