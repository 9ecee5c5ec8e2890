namespace AntFlow.Dataflow;

/// <summary>What an exception says of itself. Its message is foreign code, and may throw: an item must not be lost over that.</summary>
internal static class ErrorText
{
    /// <summary>The message, or what kind of error it is.</summary>
    public static string Of(Exception error)
    {
        try
        {
            return error.Message;
        }
        catch (Exception)
        {
            return $"{error.GetType().Name}, whose message cannot be read";
        }
    }
}
