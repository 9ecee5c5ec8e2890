namespace AntFlow.Dataflow;

/// <summary>How a call is run: a checked copy of its options, with the line for its limit.</summary>
internal readonly record struct CallTerms(RetryPolicy Retry, int Priority, SemaphoreQueue? Limit, TimeSpan? ItemTimeout)
{
    public static CallTerms Of(ExecutionOptions options, LimitLines lines)
    {
        options.Check();
        return new CallTerms(options.Retry, options.Priority, options.Limit is { } limit ? lines.Of(limit) : null, options.ItemTimeout);
    }
}
