namespace AntFlow.Dataflow;

/// <summary>Reads the texts of an exception within bounds. All members of an exception are foreign code.</summary>
internal static class ErrorInfoText
{
    public const int MostErrors = 50;

    private const int Deepest = 5;
    private const int MostInside = 10;
    private const int LongestStack = 16_000;

    public static ErrorInfo Read(Exception error, int depth, ref int left)
    {
        left--;
        if (error is StoredFailureException stored)
            return stored.Info;
        List<ErrorInfo> inner = [];
        if (depth < Deepest)
        {
            foreach (Exception inside in InsideOf(error).Take(MostInside))
            {
                if (left <= 0)
                    break;
                inner.Add(Read(inside, depth + 1, ref left));
            }
        }

        return new ErrorInfo { Type = TypeOf(error), Message = ErrorText.Shown(error), StackTrace = StackOf(error), Inner = inner };
    }

    /// <summary>Returns the last part of a full type name: <c>Inner</c> for <c>Outer+Inner</c>, as <c>Type.Name</c> does.</summary>
    public static string ShortName(string type)
    {
        int arguments = type.IndexOf('[', StringComparison.Ordinal);
        string name = arguments < 0 ? type : type[..arguments];
        return name[(name.LastIndexOfAny(['.', '+']) + 1)..];
    }

    private static string TypeOf(Exception error) => ErrorText.Fit(error.GetType().FullName ?? error.GetType().Name);

    private static string? StackOf(Exception error)
    {
        try
        {
            return error.StackTrace is { } stack ? ErrorText.Fit(stack, LongestStack) : null;
        }
        catch (Exception)
        {
            return "The stack trace cannot be read.";
        }
    }

    private static IEnumerable<Exception> InsideOf(Exception error) =>
        error is AggregateException several ? several.InnerExceptions : error.InnerException is { } inner ? [inner] : [];
}
