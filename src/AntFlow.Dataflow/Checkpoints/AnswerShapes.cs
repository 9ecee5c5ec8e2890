namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Compares answer types by their shapes. A custom serializer only has texts, which are equal or not.</summary>
internal static class AnswerShapes
{
    /// <summary>The text of <see cref="ContractFormat.First"/>.</summary>
    public static string DescribeFirst<T>(IPayloadSerializer serializer) => serializer is JsonPayloads json ? json.DescribeFirst<T>() : serializer.Describe<T>();

    /// <summary>Whether a value stored under one text can be read as a type with another: members it lacks are optional in the type, and it has no members the type does not know.</summary>
    public static bool CanRead(string stored, string now) => TypeShape.TryParse(stored, out TypeShape old) && TypeShape.TryParse(now, out TypeShape shape) && shape.CanRead(old);

    /// <summary>Checks a type before there is a value of it.</summary>
    /// <returns>The types in it of which some values do not come back unchanged.</returns>
    /// <exception cref="NotSupportedException">Values of the type cannot be stored or cannot be read back.</exception>
    public static IReadOnlyList<TypeDoubt> Judge<T>(IPayloadSerializer serializer)
    {
        if (serializer is not JsonPayloads json)
            return [];
        TypeVerdict verdict = json.Judge(typeof(T));
        return verdict.Faults.Count == 0 ? verdict.Doubts : throw new NotSupportedException(string.Join(" ", verdict.Faults));
    }

    /// <summary>Serializes an answer, and reads it back for the callers. Answers are few, so all of them are read back, whatever is proven of their types.</summary>
    /// <exception cref="NotSupportedException">The copy differs from the answer.</exception>
    public static ReadOnlyMemory<byte> Write<T>(IPayloadSerializer serializer, T value, out T copy)
    {
        if (serializer is JsonPayloads json)
        {
            byte[] written = json.Write(value);
            copy = json.ReadBack(value, written);
            return written;
        }

        ReadOnlyMemory<byte> bytes = serializer.Serialize(value);
        copy = serializer.Deserialize<T>(bytes);
        return bytes;
    }
}
