using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow;

/// <summary>A task as the user wrote it, converted to the one internal form when it is passed in.</summary>
/// <param name="Body">The function.</param>
/// <param name="UsesContext">Whether it takes a context.</param>
/// <param name="MethodName">The name of the function, if it has one.</param>
/// <param name="ReturnsTask">Whether what it returns contains a <see cref="Task"/> if it has not ended at once.</param>
internal readonly record struct TaskForm<TIn, TOut>(TaskBody<TIn, TOut>? Body, bool UsesContext, string? MethodName, bool ReturnsTask = false);

/// <summary>The ways to write a task.</summary>
internal static class TaskForm
{
    public static TaskForm<TIn, TOut> From<TIn, TOut>(Func<TIn, CancellationToken, Task<TOut>>? task) =>
        new(task is null ? null : (x, _, ct) => UserTask.Of(task(x, ct)), UsesContext: false, NameOf(task), ReturnsTask: true);

    public static TaskForm<TIn, TOut> From<TIn, TOut>(Func<TIn, CancellationToken, ValueTask<TOut>>? task) =>
        new(task is null ? null : (x, _, ct) => task(x, ct), UsesContext: false, NameOf(task));

    public static TaskForm<TIn, TOut> From<TIn, TOut>(Func<TIn, StageContext, Task<TOut>>? task) =>
        new(task is null ? null : (x, context, _) => UserTask.Of(task(x, context!)), UsesContext: true, NameOf(task), ReturnsTask: true);

    public static TaskForm<TIn, TOut> From<TIn, TOut>(Func<TIn, StageContext, ValueTask<TOut>>? task) =>
        new(task is null ? null : (x, context, _) => task(x, context!), UsesContext: true, NameOf(task));

    public static TaskForm<TIn, TOut> From<TIn, TOut>(Func<TIn, Task<TOut>>? task) =>
        new(task is null ? null : (x, _, _) => UserTask.Of(task(x)), UsesContext: false, NameOf(task), ReturnsTask: true);

    public static TaskForm<TIn, TOut> From<TIn, TOut>(Func<TIn, ValueTask<TOut>>? task) =>
        new(task is null ? null : (x, _, _) => task(x), UsesContext: false, NameOf(task));

    public static TaskForm<TIn, TOut> From<TIn, TOut>(Func<TIn, TOut>? task) =>
        new(task is null ? null : (x, _, _) => new ValueTask<TOut>(task(x)), UsesContext: false, NameOf(task));

    public static TaskForm<TIn, TOut> From<TIn, TOut>(Func<TIn, CancellationToken, TOut>? task) =>
        new(task is null ? null : (x, _, ct) => new ValueTask<TOut>(task(x, ct)), UsesContext: false, NameOf(task));

    public static TaskForm<TIn, TOut> From<TIn, TOut>(Func<TIn, StageContext, TOut>? task) =>
        new(task is null ? null : (x, context, _) => new ValueTask<TOut>(task(x, context!)), UsesContext: true, NameOf(task));

    public static TaskForm<T, T> From<T>(Func<T, Task>? task) =>
        new(task is null ? null : (x, _, _) => ThenAsync(task(x), x), UsesContext: false, NameOf(task));

    public static TaskForm<T, T> From<T>(Func<T, CancellationToken, Task>? task) =>
        new(task is null ? null : (x, _, ct) => ThenAsync(task(x, ct), x), UsesContext: false, NameOf(task));

    public static TaskForm<T, T> From<T>(Func<T, StageContext, Task>? task) =>
        new(task is null ? null : (x, context, _) => ThenAsync(task(x, context!), x), UsesContext: true, NameOf(task));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<T> ThenAsync<T>(Task? task, T value)
    {
        await (task ?? throw UserTask.NoTask()).ConfigureAwait(false);
        return value;
    }

    /// <summary>Returns the name of the function, if it has one of its own: lambdas have none.</summary>
    private static string? NameOf(Delegate? task)
    {
        string? name = task?.Method.Name;
        if (name is null || !name.Contains('<', StringComparison.Ordinal))
            return name;
        // Local functions are compiled to names such as <Main>g__ParseAsync|0_1.
        int begin = name.IndexOf(">g__", StringComparison.Ordinal);
        int end = name.IndexOf('|', StringComparison.Ordinal);
        return begin >= 0 && end > begin ? name[(begin + 4)..end] : null;
    }
}
