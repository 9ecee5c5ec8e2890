using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow;

/// <summary>The one internal form of all tasks.</summary>
internal delegate ValueTask<TOut> TaskBody<in TIn, TOut>(TIn value, StageContext? context, CancellationToken cancellationToken);

/// <summary>One function of a stage.</summary>
internal abstract class StageTask(string name, bool usesContext, int? maxConcurrency)
{
    public string Name { get; } = name;

    /// <summary>Whether the function takes a context; none is made if it does not.</summary>
    public bool UsesContext { get; } = usesContext;

    /// <summary>How many calls may run at once in the stage; null for no limit of its own.</summary>
    public int? MaxConcurrency { get; } = maxConcurrency;

    public abstract bool HasBody { get; }

    public abstract Type OutputType { get; }

    /// <summary>Calls the function with the item's value, and makes what it returns the item's value.</summary>
    public abstract ValueTask RunAsync(Item item, StageContext? context, TaskScheduler? scheduler, CancellationToken cancellationToken);
}

internal sealed class StageTask<TIn, TOut>(string name, TaskForm<TIn, TOut> form, int? maxConcurrency)
    : StageTask(name, form.UsesContext, maxConcurrency)
{
    // Only such types can hide a task that nobody awaits.
    private static readonly bool _mayHideTask = typeof(TOut).IsAssignableFrom(typeof(Task)) || typeof(TOut).IsAssignableFrom(typeof(ValueTask));

    private readonly TaskBody<TIn, TOut>? _body = form.Body;

    public override bool HasBody => _body is not null;

    public override Type OutputType => typeof(TOut);

    // An async method of its own for every attempt: what the function sets in AsyncLocals ends with it. The pooled builder makes it free of allocations.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask RunAsync(Item item, StageContext? context, TaskScheduler? scheduler, CancellationToken cancellationToken)
    {
        TIn input = item.Value.Get<TIn>();
        TOut output = scheduler is null
            ? await _body!(input, context, cancellationToken).ConfigureAwait(false)
            : await StartOnAsync(scheduler, input, context, cancellationToken).ConfigureAwait(false);
        if (_mayHideTask && IsTask(output))
            throw new InvalidOperationException($"Task '{Name}' returned a Task that nobody awaits.");
        item.Value.Set(output);
    }

    private static bool IsTask(object? value) =>
        value is Task or ValueTask || (value?.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(ValueTask<>));

    private Task<TOut> StartOnAsync(TaskScheduler scheduler, TIn input, StageContext? context, CancellationToken cancellationToken) =>
        // Without the token: a body that was not begun is for the engine to decide about, not for the scheduler.
        Task.Factory.StartNew(
            () => _body!(input, context, cancellationToken).AsTask(),
            CancellationToken.None,
            TaskCreationOptions.DenyChildAttach,
            scheduler).Unwrap();
}
