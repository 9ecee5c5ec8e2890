namespace AntFlow.Dataflow;

/// <summary>The internal form of all functions that an executor calls.</summary>
internal delegate ValueTask<TOut> CallBody<in TIn, TOut>(TIn value, CancellationToken cancellationToken);

/// <summary>A function as the user wrote it, converted to the internal form.</summary>
/// <param name="Body">The function.</param>
/// <param name="ReturnsTask">Whether the returned value task wraps a <see cref="Task"/> if it has not completed synchronously.</param>
internal readonly record struct CallForm<TIn, TOut>(CallBody<TIn, TOut> Body, bool ReturnsTask = false);

/// <summary>The absence of a value: the input of functions without an argument, and the output of functions without a result.</summary>
internal readonly record struct Nothing;

/// <summary>Converts the possible forms of a function for an executor, with no value or one.</summary>
internal static class CallForm
{
    public static CallForm<Nothing, TOut> From<TOut>(Func<CancellationToken, Task<TOut>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return new((_, ct) => UserTask.Of(task(ct)), ReturnsTask: true);
    }

    public static CallForm<Nothing, TOut> From<TOut>(Func<Task<TOut>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return new((_, _) => UserTask.Of(task()), ReturnsTask: true);
    }

    public static CallForm<Nothing, TOut> From<TOut>(Func<TOut> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        UserTask.ThrowIfTask<TOut>(nameof(task));
        return new((_, _) => new ValueTask<TOut>(task()));
    }

    public static CallForm<TIn, TOut> From<TIn, TOut>(Func<TIn, CancellationToken, Task<TOut>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return new((x, ct) => UserTask.Of(task(x, ct)), ReturnsTask: true);
    }

    public static CallForm<TIn, TOut> From<TIn, TOut>(Func<TIn, Task<TOut>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return new((x, _) => UserTask.Of(task(x)), ReturnsTask: true);
    }

    public static CallForm<TIn, TOut> From<TIn, TOut>(Func<TIn, CancellationToken, ValueTask<TOut>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return new((x, ct) => task(x, ct));
    }

    public static CallForm<TIn, TOut> From<TIn, TOut>(Func<TIn, ValueTask<TOut>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return new((x, _) => task(x));
    }

    public static CallForm<TIn, TOut> From<TIn, TOut>(Func<TIn, CancellationToken, TOut> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        UserTask.ThrowIfTask<TOut>(nameof(task));
        return new((x, ct) => new ValueTask<TOut>(task(x, ct)));
    }

    public static CallForm<TIn, TOut> From<TIn, TOut>(Func<TIn, TOut> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        UserTask.ThrowIfTask<TOut>(nameof(task));
        return new((x, _) => new ValueTask<TOut>(task(x)));
    }

    public static CallForm<Nothing, Nothing> From(Func<CancellationToken, Task> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return new((_, ct) => EndAsync(task(ct)), ReturnsTask: true);
    }

    public static CallForm<Nothing, Nothing> From(Func<Task> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return new((_, _) => EndAsync(task()), ReturnsTask: true);
    }

    public static CallForm<Nothing, Nothing> From(Action task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return new((_, _) =>
        {
            task();
            return default;
        });
    }

    // This value task does not come from a pool: if it has not completed synchronously, it wraps a task.
    private static async ValueTask<Nothing> EndAsync(Task? task)
    {
        await (task ?? throw UserTask.NoTask()).ConfigureAwait(false);
        return default;
    }
}
