namespace AntFlow.Dataflow;

/// <summary>The one internal form of all functions an executor calls.</summary>
internal delegate ValueTask<TOut> CallBody<in TIn, TOut>(TIn value, CancellationToken cancellationToken);

/// <summary>No value: what functions without an argument get, and functions without a result make.</summary>
internal readonly record struct Nothing;

/// <summary>The ways to write a function for an executor, of no, one or two values.</summary>
internal static class CallForm
{
    public static CallBody<Nothing, TOut> From<TOut>(Func<CancellationToken, Task<TOut>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (_, ct) => UserTask.Of(task(ct));
    }

    public static CallBody<Nothing, TOut> From<TOut>(Func<Task<TOut>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (_, _) => UserTask.Of(task());
    }

    public static CallBody<Nothing, TOut> From<TOut>(Func<CancellationToken, ValueTask<TOut>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (_, ct) => task(ct);
    }

    public static CallBody<Nothing, TOut> From<TOut>(Func<ValueTask<TOut>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (_, _) => task();
    }

    public static CallBody<Nothing, TOut> From<TOut>(Func<CancellationToken, TOut> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (_, ct) => new ValueTask<TOut>(task(ct));
    }

    public static CallBody<Nothing, TOut> From<TOut>(Func<TOut> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (_, _) => new ValueTask<TOut>(task());
    }

    public static CallBody<TIn, TOut> From<TIn, TOut>(Func<TIn, CancellationToken, Task<TOut>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (x, ct) => UserTask.Of(task(x, ct));
    }

    public static CallBody<TIn, TOut> From<TIn, TOut>(Func<TIn, Task<TOut>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (x, _) => UserTask.Of(task(x));
    }

    public static CallBody<TIn, TOut> From<TIn, TOut>(Func<TIn, CancellationToken, ValueTask<TOut>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (x, ct) => task(x, ct);
    }

    public static CallBody<TIn, TOut> From<TIn, TOut>(Func<TIn, ValueTask<TOut>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (x, _) => task(x);
    }

    public static CallBody<TIn, TOut> From<TIn, TOut>(Func<TIn, CancellationToken, TOut> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (x, ct) => new ValueTask<TOut>(task(x, ct));
    }

    public static CallBody<TIn, TOut> From<TIn, TOut>(Func<TIn, TOut> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (x, _) => new ValueTask<TOut>(task(x));
    }

    public static CallBody<(TLeft Left, TRight Right), TOut> From<TLeft, TRight, TOut>(Func<TLeft, TRight, CancellationToken, Task<TOut>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (x, ct) => UserTask.Of(task(x.Left, x.Right, ct));
    }

    public static CallBody<(TLeft Left, TRight Right), TOut> From<TLeft, TRight, TOut>(Func<TLeft, TRight, Task<TOut>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (x, _) => UserTask.Of(task(x.Left, x.Right));
    }

    public static CallBody<(TLeft Left, TRight Right), TOut> From<TLeft, TRight, TOut>(Func<TLeft, TRight, CancellationToken, ValueTask<TOut>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (x, ct) => task(x.Left, x.Right, ct);
    }

    public static CallBody<(TLeft Left, TRight Right), TOut> From<TLeft, TRight, TOut>(Func<TLeft, TRight, ValueTask<TOut>> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (x, _) => task(x.Left, x.Right);
    }

    public static CallBody<(TLeft Left, TRight Right), TOut> From<TLeft, TRight, TOut>(Func<TLeft, TRight, CancellationToken, TOut> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (x, ct) => new ValueTask<TOut>(task(x.Left, x.Right, ct));
    }

    public static CallBody<(TLeft Left, TRight Right), TOut> From<TLeft, TRight, TOut>(Func<TLeft, TRight, TOut> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (x, _) => new ValueTask<TOut>(task(x.Left, x.Right));
    }

    public static CallBody<Nothing, Nothing> From(Func<CancellationToken, Task> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (_, ct) => EndAsync(task(ct));
    }

    public static CallBody<Nothing, Nothing> From(Func<Task> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (_, _) => EndAsync(task());
    }

    public static CallBody<Nothing, Nothing> From(Action<CancellationToken> task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (_, ct) =>
        {
            task(ct);
            return default;
        };
    }

    public static CallBody<Nothing, Nothing> From(Action task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return (_, _) =>
        {
            task();
            return default;
        };
    }

    private static async ValueTask<Nothing> EndAsync(Task? task)
    {
        await (task ?? throw UserTask.NoTask()).ConfigureAwait(false);
        return default;
    }
}
