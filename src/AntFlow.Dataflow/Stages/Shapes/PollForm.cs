using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Shapes;

/// <summary>What a look has found, in the form in which an item carries it to the exit of its stage. Most looks find nothing, and allocate nothing.</summary>
internal abstract class PollAnswer
{
    /// <summary>Look again after the time of the stage.</summary>
    public static PollAnswer Again { get; } = new PollAgain(null);

    public static PollAnswer Of<T>(Poll<T> poll) =>
        poll.IsDone ? new PollDone<T>(poll.Value!)
        : poll.Error is { } error ? new PollFailed(error)
        : poll.Delay is { } delay ? new PollAgain(delay)
        : Again;
}

internal sealed class PollAgain(TimeSpan? delay) : PollAnswer
{
    public Outcome Outcome { get; } = Outcome.Again(delay);
}

internal sealed class PollFailed(Exception error) : PollAnswer
{
    public Exception Error { get; } = error;
}

internal sealed class PollDone<T>(T value) : PollAnswer
{
    public T Value { get; } = value;
}

/// <summary>Makes the task of a stage that polls out of the user's function.</summary>
internal static class PollForm
{
    public static TaskForm<TIn, PollAnswer> Of<TIn, T>(TaskForm<TIn, Poll<T>> form) =>
        new(form.Body is { } body ? (x, context, ct) => Read(body(x, context, ct)) : null, form.UsesContext, form.MethodName);

    private static ValueTask<PollAnswer> Read<T>(ValueTask<Poll<T>> look) =>
        TryRead(look, out PollAnswer? answer) ? new ValueTask<PollAnswer>(answer) : ReadAsync(look);

    private static bool TryRead<T>(ValueTask<Poll<T>> look, [NotNullWhen(true)] out PollAnswer? answer)
    {
        if (look.IsCompletedSuccessfully)
        {
            answer = PollAnswer.Of(look.Result);
            return true;
        }

        answer = null;
        return false;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<PollAnswer> ReadAsync<T>(ValueTask<Poll<T>> look) => PollAnswer.Of(await look.ConfigureAwait(false));
}
