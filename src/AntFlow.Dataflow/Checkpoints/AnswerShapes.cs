namespace AntFlow.Dataflow.Checkpoints;

/// <summary>What can be said of a type of answers by its shape. Of a serializer of the user's own only the texts are known, which are equal or not.</summary>
internal static class AnswerShapes
{
    /// <summary>The text of <see cref="ContractFormat.First"/>.</summary>
    public static string DescribeFirst<T>(IPayloadSerializer serializer) => serializer is JsonPayloads json ? json.DescribeFirst<T>() : serializer.Describe<T>();

    /// <summary>Whether what was stored under one text can be read as a type with another: what it lacks is optional there, and it has nothing that is not known there.</summary>
    public static bool CanRead(string stored, string now) => TypeShape.TryParse(stored, out TypeShape old) && TypeShape.TryParse(now, out TypeShape shape) && shape.CanRead(old);

    /// <summary>Looks at a type before there is a value of it.</summary>
    /// <returns>Of which types in it some values do not come back as they are.</returns>
    /// <exception cref="NotSupportedException">No value of the type can be stored, or not be read back.</exception>
    public static IReadOnlyList<TypeDoubt> Judge<T>(IPayloadSerializer serializer)
    {
        if (serializer is not JsonPayloads json)
            return [];
        TypeVerdict verdict = json.Judge(typeof(T));
        return verdict.Faults.Count == 0 ? verdict.Doubts : throw new NotSupportedException(string.Join(" ", verdict.Faults));
    }

    /// <summary>Turns an answer into bytes, and those into what callers get. Answers are few: all are read back, whatever is proven of their types.</summary>
    /// <exception cref="NotSupportedException">What was read back is not the same.</exception>
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
