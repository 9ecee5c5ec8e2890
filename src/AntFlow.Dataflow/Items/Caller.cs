using System.Diagnostics;

namespace AntFlow.Dataflow;

/// <summary>The AsyncLocals in which user code runs (culture, activity, log scopes, and all other values that flow from a method to the methods it calls), and the run that the code belongs
/// to.</summary>
/// <param name="Context">The execution context of the caller; null for the context of the place where the code is called, for example if the caller suppressed the flow.</param>
/// <param name="Mark">The mark by which the run recognizes its own code (<see cref="OwnCode"/>); null if that is not needed.</param>
internal readonly record struct Caller(ExecutionContext? Context, object? Mark = null)
{
    /// <summary>Captures the execution context of the caller.</summary>
    public static Caller Capture() => new(ExecutionContext.Capture());

    /// <summary>Captures the execution context of the caller, and marks code that runs in it as code of one run.</summary>
    public static Caller CaptureMarked()
    {
        object mark = new();
        return new Caller(OwnCode.Add(mark, ExecutionContext.Capture()), mark);
    }

    /// <summary>Calls a function in the context of the caller, but without its activity, because a run that takes weeks must not be part of the request that started it.</summary>
    public static T WithoutActivity<T>(Func<T> act)
    {
        if (Activity.Current is not { } activity)
            return act();
        Activity.Current = null;
        try
        {
            return act();
        }
        finally
        {
            Activity.Current = activity;
        }
    }

    /// <summary>Wraps a function so that it runs in the current context when it is called later.</summary>
    public static Func<TArgument, TResult> Keep<TArgument, TResult>(Func<TArgument, TResult> act)
    {
        ExecutionContext? context = ExecutionContext.Capture();
        return argument =>
        {
            TResult? result = default;
            if (context is null)
            {
                // If the flow was suppressed when the function was wrapped, the context of the place where it is called does not flow into it either.
                if (ExecutionContext.IsFlowSuppressed())
                    return act(argument);
                using (ExecutionContext.SuppressFlow())
                    return act(argument);
            }

            ExecutionContext.Run(context, _ => result = act(argument), state: null);
            return result!;
        };
    }
}
