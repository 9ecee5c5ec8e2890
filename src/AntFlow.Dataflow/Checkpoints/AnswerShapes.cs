namespace AntFlow.Dataflow;

/// <summary>What can be said of a type of answers by its shape. Of a serializer of the user's own only the texts are known, which are equal or not.</summary>
internal static class AnswerShapes
{
    /// <summary>The text of <see cref="ContractFormat.First"/>.</summary>
    public static string DescribeFirst<T>(IPayloadSerializer serializer) => serializer is JsonPayloads json ? json.DescribeFirst<T>() : serializer.Describe<T>();

    /// <summary>Whether what was stored under one text can be read as a type with another: what it lacks is optional there, and it has nothing that is not known there.</summary>
    public static bool CanRead(string stored, string now) => TypeShape.TryParse(stored, out TypeShape old) && TypeShape.TryParse(now, out TypeShape shape) && shape.CanRead(old);

    /// <exception cref="Exception">Values of the type cannot be stored, or not be read back.</exception>
    public static void ThrowIfUnstorable<T>(IPayloadSerializer serializer)
    {
        if (serializer is not JsonPayloads)
            return;
        try
        {
            serializer.Deserialize<T>("{}"u8.ToArray());
        }
        catch (System.Text.Json.JsonException)
        {
            // It wants more than nothing.
        }
    }
}
