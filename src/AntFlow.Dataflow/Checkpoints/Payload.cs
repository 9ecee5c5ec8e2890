namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Serializes and deserializes the values of one type. The pipeline continues with the value that is read back, so that an undisturbed run computes the same as a resumed one.</summary>
/// <remarks>It calls user code (a serializer, getters, constructors), so every member may throw. May be called from any thread.</remarks>
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

    /// <summary>Serializes a value, and creates the copy with which the pipeline continues.</summary>
    /// <param name="value">The value.</param>
    /// <param name="copy">The value that was read back; the value itself if it is proven to come back unchanged.</param>
    /// <param name="isCopied">Whether the value was read back.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="NotSupportedException">The copy differs from the value.</exception>
    public ReadOnlyMemory<byte> Write(T value, out T copy, out bool isCopied)
    {
        if (_proof == Proof.Unknown)
            _proof = WellFormed.Of(typeof(T), _json is null ? _ => true : _json.IsPlain);
        isCopied = _proof == Proof.None || (_proof == Proof.ByValue && !WellFormed.IsProven(value));
        ReadOnlyMemory<byte> bytes = _json is null ? _serializer.Serialize(value) : _json.Write(value);
        copy = !isCopied ? value : _json is null ? _serializer.Deserialize<T>(bytes) : _json.ReadBack(value, bytes);
        return bytes;
    }

    /// <summary>Deserializes a value.</summary>
    public T Read(ReadOnlyMemory<byte> bytes) => _serializer.Deserialize<T>(bytes);
}
