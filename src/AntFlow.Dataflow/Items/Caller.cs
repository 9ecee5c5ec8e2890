using System.Diagnostics;

namespace AntFlow.Dataflow;

/// <summary>What the caller of a method has in its AsyncLocals: culture, activity, log scopes, and whatever else flows from a method to what it calls.</summary>
internal static class Caller
{
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
