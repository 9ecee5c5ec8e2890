using System.Globalization;
using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Testing;

/// <summary>Waits that throw after <see cref="Patience"/>, so that a test that waits for something that never happens fails instead of hanging.</summary>
public static class Waiting
{
    /// <summary>Gets how long a wait lasts at most, by the system clock. Default: 2 minutes, which is long enough for slow machines; do not treat it as a promise about time. The environment
    /// variable <c>ANTFLOW_PATIENCE</c>, read once, sets it in whole seconds: set a small value to find a wait that never ends.</summary>
    public static TimeSpan Patience { get; } =
        TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("ANTFLOW_PATIENCE"), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds > 0 ? seconds : 120);

    /// <summary>Waits for a task to complete, at most for <see cref="Patience"/>. The task itself continues after a timeout.</summary>
    /// <param name="task">The task.</param>
    /// <param name="what">The text for the message of a timeout. Default: the expression that was passed as the task.</param>
    /// <returns>A task that ends as the given task ends, with the same exception if it failed or was canceled.</returns>
    /// <exception cref="TimeoutException">The task has not completed in time.</exception>
    public static async Task InTime(this Task task, [CallerArgumentExpression(nameof(task))] string? what = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        await EndAsync(task, Patience, what).ConfigureAwait(false);
        await task.ConfigureAwait(false);
    }

    /// <inheritdoc cref="InTime(Task, string)"/>
    /// <typeparam name="T">The type of the task's result.</typeparam>
    public static async Task<T> InTime<T>(this Task<T> task, [CallerArgumentExpression(nameof(task))] string? what = null)
    {
        await ((Task)task).InTime(what).ConfigureAwait(false);
        return await task.ConfigureAwait(false);
    }

    /// <summary>Waits until a condition is true, at most for <see cref="Patience"/>. Polls the condition: use it where no event exists, for example for a number in a snapshot.</summary>
    /// <param name="condition">The condition. Must be quick. An exception of it ends the wait.</param>
    /// <param name="what">The text for the message of a timeout. Default: the expression that was passed as the condition.</param>
    /// <returns>A task that completes once the condition is true.</returns>
    /// <exception cref="TimeoutException">The condition has not become true in time.</exception>
    public static async Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        await PollAsync(() => Task.FromResult(condition()), Patience, what).ConfigureAwait(false);
    }

    /// <summary>Waits for a task to end, at most for <see cref="Patience"/>, and returns the exception it ends with. It also returns the exception of a canceled task, of which other ways only
    /// show that it was canceled.</summary>
    /// <typeparam name="TException">The exact type of the exception; a derived one does not count.</typeparam>
    /// <param name="task">The task.</param>
    /// <param name="what">The text for the message of a timeout. Default: the expression that was passed as the task.</param>
    /// <returns>The exception.</returns>
    /// <exception cref="InvalidOperationException">The task has ended without an exception.</exception>
    /// <exception cref="TimeoutException">The task has not ended in time.</exception>
    /// <remarks>An exception of another type is thrown unchanged. The timeout of this wait is never mistaken for the exception of the task, even if <typeparamref name="TException"/> is
    /// <see cref="TimeoutException"/>.</remarks>
    public static Task<TException> CatchAsync<TException>(this Task task, [CallerArgumentExpression(nameof(task))] string? what = null)
        where TException : Exception =>
        task.CatchAsync<TException>(Patience, what);

    /// <summary>Does the same with a given limit.</summary>
    internal static async Task<TException> CatchAsync<TException>(this Task task, TimeSpan patience, [CallerArgumentExpression(nameof(task))] string? what = null)
        where TException : Exception
    {
        ArgumentNullException.ThrowIfNull(task);
        await EndAsync(task, patience, what).ConfigureAwait(false);
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (TException caught) when (caught.GetType() == typeof(TException))
        {
            return caught;
        }

        throw new InvalidOperationException($"The task threw nothing; it should have thrown {typeof(TException).Name}.");
    }

    /// <summary>Polls a condition that itself takes time, until it is true. Calls it at least once, whatever the limit.</summary>
    internal static async Task PollAsync(Func<Task<bool>> condition, TimeSpan patience, string? what)
    {
        long deadline = Environment.TickCount64 + (long)patience.TotalMilliseconds;
        while (!await condition().ConfigureAwait(false))
        {
            if (Environment.TickCount64 >= deadline)
                throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"Has not become true within {patience.TotalSeconds} s: {what}"));
            await Task.Yield();
        }
    }

    /// <summary>Completes when the task has ended, however it has; throws only if it has not ended in time.</summary>
    private static async Task EndAsync(Task task, TimeSpan patience, string? what)
    {
        if (task.IsCompleted)
            return;
        using var stop = new CancellationTokenSource();
        if (await Task.WhenAny(task, Task.Delay(patience, TimeProvider.System, stop.Token)).ConfigureAwait(false) != task)
            throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"Has not ended within {patience.TotalSeconds} s: {what}"));
        await stop.CancelAsync().ConfigureAwait(false);
    }
}
