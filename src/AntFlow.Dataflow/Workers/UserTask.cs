namespace AntFlow.Dataflow;

/// <summary>What user code returned where a task was expected.</summary>
internal static class UserTask
{
    public static ValueTask<T> Of<T>(Task<T>? task) => new(task ?? throw NoTask());

    /// <summary>Whether values of a type are tasks of some kind.</summary>
    public static bool IsTask(Type type) =>
        typeof(Task).IsAssignableFrom(type) || type == typeof(ValueTask) || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>));

    /// <summary>Refuses a function that makes a task as its value: it would never be awaited.</summary>
    public static void ThrowIfTask<T>(string parameter)
    {
        if (IsTask(typeof(T)))
            throw new ArgumentException($"The function has the output type {typeof(T).Name}, which would never be awaited; return the value, or await it in an async lambda.", parameter);
    }

    public static InvalidOperationException NoTask() => new("The task returned null where a Task was expected.");
}
