namespace AntFlow.Dataflow;

/// <summary>What user code returned where a task was expected.</summary>
internal static class UserTask
{
    public static ValueTask<T> Of<T>(Task<T>? task) => new(task ?? throw NoTask());

    public static InvalidOperationException NoTask() => new("The task returned null where a Task was expected.");
}
