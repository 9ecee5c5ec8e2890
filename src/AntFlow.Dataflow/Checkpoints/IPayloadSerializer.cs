namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Turns the values of items into bytes and back. May be called from any thread, several at once; what it throws fails the item.</summary>
/// <remarks>What was written is read back at once, and goes on instead of the value; but for numbers, well-formed texts, dates and tuples of them, which go on as they are. What comes back is
/// not compared with the value.</remarks>
public interface IPayloadSerializer
{
    /// <summary>Turns a value into bytes.</summary>
    /// <param name="value">The value; null, too, where the type allows it.</param>
    /// <typeparam name="T">The type, as the stage declares it.</typeparam>
    /// <returns>The bytes. They must not change afterwards.</returns>
    ReadOnlyMemory<byte> Serialize<T>(T value);

    /// <summary>Turns bytes back into a value. Has to throw, and not to make do with default values, if they are of another shape.</summary>
    /// <param name="bytes">What <see cref="Serialize{T}"/> made.</param>
    /// <typeparam name="T">The type, as the stage declares it.</typeparam>
    /// <returns>The value.</returns>
    T Deserialize<T>(ReadOnlyMemory<byte> bytes);

    /// <summary>Describes the shape of a type's bytes: a text that changes when they do. Bytes written under another text are not read any more. What it throws stops the run before anything runs,
    /// with a <see cref="PipelineConfigurationException"/>.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <returns>The text, such as a JSON schema.</returns>
    string Describe<T>();
}
