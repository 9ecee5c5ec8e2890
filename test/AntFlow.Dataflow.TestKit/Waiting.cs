using System.Globalization;
using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.TestKit;

/// <summary>Ways to wait that end in an error, not in a hanging test run.</summary>
public static class Waiting
{
    /// <summary>How long a test waits for something that has to happen: long enough for the slowest machine, and no promise about time. <c>ANTFLOW_PATIENCE</c> sets it in seconds, for runs
    /// in which it will not happen.</summary>
    public static TimeSpan Patience { get; } =
        TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("ANTFLOW_PATIENCE"), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) ? seconds : 120);

    /// <summary>Waits for a task, but not for ever. Throws what the task throws, and not a copy as WaitAsync does of a canceled one.</summary>
    public static async Task InTime(this Task task)
    {
        if (await Task.WhenAny(task, Task.Delay(Patience, TimeProvider.System)).ConfigureAwait(false) != task)
            throw new TimeoutException("The task did not end in time.");
        await task.ConfigureAwait(false);
    }

    /// <inheritdoc cref="InTime(Task)"/>
    public static async Task<T> InTime<T>(this Task<T> task)
    {
        await ((Task)task).InTime().ConfigureAwait(false);
        return await task.ConfigureAwait(false);
    }

    /// <summary>Waits for what nobody tells: asks until the answer is yes.</summary>
    public static async Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string? what = null)
    {
        long deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (!condition())
        {
            if (Environment.TickCount64 > deadline)
                throw new TimeoutException($"Never came true: {what}");
            await Task.Yield();
        }
    }

    /// <summary>Steps the clock from timer to timer until the task has ended. Only where no timer is pending while a body is about to set another.</summary>
    public static async Task<T> DriveAsync<T>(this SteppedTime time, Task<T> task)
    {
        long deadline = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (!task.IsCompleted)
        {
            if (Environment.TickCount64 > deadline)
                throw new TimeoutException("The task did not end, however far the clock was stepped.");
            time.StepToNextTimer();
            await Task.Yield();
        }

        return await task.ConfigureAwait(false);
    }

    /// <summary>Waits until the next timer is due after so many seconds, and moves the clock there: the way to step past a body that sleeps while the engine has a timer, too.</summary>
    public static async Task StepAsync(this SteppedTime time, double seconds)
    {
        await UntilAsync(() => time.NextDue is { } due && Math.Abs(due.TotalSeconds - seconds) < 0.001, $"a timer is due in {seconds} s").ConfigureAwait(false);
        time.StepToNextTimer();
    }

    /// <summary>Reads a sequence to its end.</summary>
    public static async Task<List<T>> ToListAsync<T>(this IAsyncEnumerable<T> items)
    {
        List<T> list = [];
        await foreach (T item in items.ConfigureAwait(false))
            list.Add(item);
        return list;
    }

    /// <summary>The exception a task ends with, of exactly that type. (Shouldly sees no more of a canceled task than that it was canceled.)</summary>
    public static async Task<TException> CatchAsync<TException>(this Task task)
        where TException : Exception
    {
        try
        {
            await task.InTime().ConfigureAwait(false);
        }
        catch (TException caught) when (caught.GetType() == typeof(TException))
        {
            return caught;
        }

        throw new InvalidOperationException($"The task threw nothing; it should have thrown {typeof(TException).Name}.");
    }
}
