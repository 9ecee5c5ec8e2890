using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>The one internal form of all tasks.</summary>
internal delegate ValueTask<TOut> TaskBody<in TIn, TOut>(TIn value, StageContext? context, CancellationToken cancellationToken);

/// <summary>One function of a stage.</summary>
internal abstract class StageTask(string name, bool usesContext, int? maxConcurrency)
{
    public string Name { get; } = name;

    /// <summary>Whether the function takes a context; otherwise none is made.</summary>
    public bool UsesContext { get; } = usesContext;

    /// <summary>How many calls may run at once in the stage; null if the task has no limit of its own.</summary>
    public int? MaxConcurrency { get; } = maxConcurrency;

    public override string ToString() => MaxConcurrency is { } most ? string.Create(CultureInfo.InvariantCulture, $"{Name} (max {most})") : Name;

    public abstract bool HasBody { get; }

    public abstract Type OutputType { get; }

    /// <summary>Calls the function with the item's value, and makes what it returns the item's value. Never throws.</summary>
    /// <param name="worker">The worker that calls.</param>
    /// <param name="item">The item.</param>
    /// <param name="context">The context passed to the function; null if it does not take one.</param>
    /// <param name="caller">The AsyncLocal values that the function sees.</param>
    /// <param name="scheduler">Where the function starts; null for the current thread.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <param name="pending">The call, if it has not ended: await it to get its outcome. Null if it has ended.</param>
    /// <returns>The outcome of the call, if it has ended.</returns>
    public abstract Outcome Call(
        Worker worker, Item item, StageContext? context, in Caller caller, TaskScheduler? scheduler, CancellationToken cancellationToken, out PendingCall? pending);
}

internal sealed class StageTask<TIn, TOut>(string name, TaskForm<TIn, TOut> form, int? maxConcurrency)
    : StageTask(name, form.UsesContext, maxConcurrency)
{
    // Only such types can hide a task that is never awaited.
    private static readonly bool _mayHideTask = typeof(TOut).IsAssignableFrom(typeof(Task)) || typeof(TOut).IsAssignableFrom(typeof(ValueTask));

    private readonly TaskBody<TIn, TOut>? _body = form.Body;
    private readonly bool _returnsTask = form.ReturnsTask;

    public override bool HasBody => _body is not null;

    public override Type OutputType => typeof(TOut);

    public override Outcome Call(
        Worker worker, Item item, StageContext? context, in Caller caller, TaskScheduler? scheduler, CancellationToken cancellationToken, out PendingCall? pending)
    {
        ValueTask<TOut> call;
        pending = null;
        UserCall user = UserCall.Begin(caller);
        try
        {
            TIn input = item.Value.Get<TIn>();
            call = scheduler is null ? _body!(input, context, cancellationToken) : new ValueTask<TOut>(StartOnAsync(scheduler, input, context, cancellationToken));
            if (call.IsCompletedSuccessfully)
            {
                TOut output = call.Result;
                if (_mayHideTask)
                    RefuseTask(output);
                item.Value.Set(output);
                return Outcome.Succeeded;
            }
        }
        catch (Exception thrown)
        {
            return Outcome.Failed(thrown);
        }
        finally
        {
            user.End();
        }

        if (_mayHideTask)
            call = RefuseTaskAsync(call);
        pending = PendingCall<TOut>.Of(call, _returnsTask || scheduler is not null, worker);
        return Outcome.None;
    }

    private async ValueTask<TOut> RefuseTaskAsync(ValueTask<TOut> call)
    {
        TOut output = await call.ConfigureAwait(false);
        RefuseTask(output);
        return output;
    }

    private void RefuseTask(TOut output)
    {
        if (IsTask(output))
            throw new InvalidOperationException($"Task '{Name}' returned a Task that is never awaited.");
    }

    private static bool IsTask(object? value) =>
        value is Task or ValueTask || (value?.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(ValueTask<>));

    private Task<TOut> StartOnAsync(TaskScheduler scheduler, TIn input, StageContext? context, CancellationToken cancellationToken) =>
        // Without the token: the engine decides about a task that has not begun, not the scheduler.
        Task.Factory.StartNew(
            () => _body!(input, context, cancellationToken).AsTask(),
            CancellationToken.None,
            TaskCreationOptions.DenyChildAttach,
            scheduler).Unwrap();
}
