namespace AntFlow.Dataflow.Checkpoints.PostgreSql;

/// <summary>Starts what works for a run and not for whoever happens to start it: what he has set in AsyncLocals is not kept alive by it.</summary>
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
