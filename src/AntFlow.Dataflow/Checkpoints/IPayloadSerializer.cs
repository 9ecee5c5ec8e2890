namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Serializes and deserializes the values of items. May be called from any thread, several at once. An exception of it fails the item.</summary>
/// <remarks>The library reads each written value back at once, and the pipeline continues with the copy. Numbers, well-formed texts, dates and tuples of them continue as they are. The copy
/// is not compared with the value.</remarks>
public interface IPayloadSerializer
{
    /// <summary>Serializes a value.</summary>
    /// <param name="value">The value; may be null where the type allows it.</param>
    /// <typeparam name="T">The type as the stage declares it.</typeparam>
    /// <returns>The bytes. They must not change afterwards.</returns>
    ReadOnlyMemory<byte> Serialize<T>(T value);

    /// <summary>Deserializes a value. Must throw if the bytes have another shape; it must not fill in default values.</summary>
    /// <param name="bytes">The bytes that <see cref="Serialize{T}"/> returned.</param>
    /// <typeparam name="T">The type as the stage declares it.</typeparam>
    /// <returns>The value.</returns>
    T Deserialize<T>(ReadOnlyMemory<byte> bytes);

    /// <summary>Describes the shape of a type's bytes: a text that changes when the shape changes. Bytes that were written under another text are no longer read. An exception of it stops the
    /// run before anything runs, with a <see cref="PipelineConfigurationException"/>.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <returns>The text, such as a JSON schema.</returns>
    string Describe<T>();
}
