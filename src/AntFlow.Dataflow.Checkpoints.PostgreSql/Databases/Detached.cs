namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Starts work that belongs to a run and not to the caller that starts it: it does not capture the caller's AsyncLocals.</summary>
internal static class Detached
{
    public static Task Start(Func<Task> work)
    {
        if (ExecutionContext.IsFlowSuppressed())
            return work();
        using (ExecutionContext.SuppressFlow())
            return work();
    }
}
