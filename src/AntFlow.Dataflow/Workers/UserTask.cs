namespace AntFlow.Dataflow;

/// <summary>Checks what user code returns where a task is expected.</summary>
internal static class UserTask
{
    public static ValueTask<T> Of<T>(Task<T>? task) => new(task ?? throw NoTask());

    /// <summary>Returns whether values of a type are tasks of some kind.</summary>
    public static bool IsTask(Type type) =>
        typeof(Task).IsAssignableFrom(type) || type == typeof(ValueTask) || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>));

    /// <summary>Rejects a function whose output type is a task, because that task would never be awaited.</summary>
    public static void ThrowIfTask<T>(string parameter)
    {
        if (IsTask(typeof(T)))
            throw new ArgumentException($"The function has the output type {TypeNames.Of(typeof(T))}, which would never be awaited; return the value, or await it in an async lambda.", parameter);
    }

    public static InvalidOperationException NoTask() => new("The task returned null where a Task was expected.");
}
