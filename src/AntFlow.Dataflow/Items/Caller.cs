using System.Diagnostics;

namespace AntFlow.Dataflow;

/// <summary>What user code finds in its AsyncLocals (culture, activity, log scopes, and whatever else flows from a method to what it calls), and whose code it is.</summary>
/// <param name="Context">What the caller has; null for what is there where the code is called, as where the flow of the caller was suppressed.</param>
/// <param name="Mark">By what the run knows its own code again (<see cref="OwnCode"/>); null where that is not asked.</param>
internal readonly record struct Caller(ExecutionContext? Context, object? Mark = null)
{
    /// <summary>Captures what the caller has.</summary>
    public static Caller Capture() => new(ExecutionContext.Capture());

    /// <summary>Captures what the caller has, and marks code that is called with it as that of one run.</summary>
    public static Caller CaptureMarked()
    {
        object mark = new();
        return new Caller(OwnCode.Add(mark, ExecutionContext.Capture()), mark);
    }

    /// <summary>Does something with what the caller has, but for its activity: what goes on for weeks must not be part of the request that began it.</summary>
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

    /// <summary>Makes a function that is called later find what the caller has now.</summary>
    public static Func<TArgument, TResult> Keep<TArgument, TResult>(Func<TArgument, TResult> act)
    {
        ExecutionContext? context = ExecutionContext.Capture();
        return argument =>
        {
            TResult? result = default;
            if (context is null)
            {
                // Where the flow was suppressed at the call, nothing flows from where the function is called, either.
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
