using System.Collections.ObjectModel;
using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow;

/// <summary>How a source ends, and which targets are notified.</summary>
/// <remarks>Errors and cancellation are noted under the lock of the source half. <see cref="Reach"/> is called once, outside that lock, when nothing more can be noted.</remarks>
internal sealed class SourceCompletion
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyCollection<Exception>? _errors;
    private CancellationToken _canceledBy;
    private bool _isCanceled;

    public Task Completion => _completion.Task;

    /// <summary>Returns the errors inside a fault. Called outside the lock: it asks the exception, which may be foreign code.</summary>
    public static IReadOnlyCollection<Exception> Unwrap(Exception error)
    {
        try
        {
            // Every link wraps an error once more. Without unwrapping, the error at the end of a long graph would be nested once per link.
            ReadOnlyCollection<Exception>? inner = (error as AggregateException)?.Flatten().InnerExceptions;
            return inner is { Count: > 0 } ? inner : [error];
        }
        catch (Exception)
        {
            return [error];
        }
    }

    /// <summary>Notes a fault, see <see cref="Unwrap"/>. The first one counts, and it takes precedence over cancellation.</summary>
    public void NoteFault(IReadOnlyCollection<Exception> errors) => _errors ??= errors;

    /// <summary>Notes cancellation.</summary>
    public void NoteCancellation(CancellationToken token)
    {
        _canceledBy = token;
        _isCanceled = true;
    }

    /// <summary>Completes the task as it was noted.</summary>
    public void Reach()
    {
        if (_errors is not null)
            _completion.SetException(_errors);
        else if (_isCanceled)
            _completion.SetCanceled(_canceledBy);
        else
            _completion.SetResult();
    }

    /// <summary>Notifies a target that was linked before the end, which has been reached. What the target throws is dropped: there is no caller to receive it, and the
    /// other targets still have to be notified.</summary>
    public void PropagateToLinked(IDataflowBlock target)
    {
        try
        {
            Propagate(target);
        }
        catch (Exception)
        {
            // See above.
        }
    }

    /// <summary>Notifies a target that is linked too late. If the end has been reached, this happens at once and what the target throws goes to the caller; otherwise it happens when the end
    /// is reached.</summary>
    public void PropagateToLate(IDataflowBlock target)
    {
        if (Completion.IsCompleted)
            Propagate(target);
        else
            _ = Completion.ContinueWith(
                (_, state) => PropagateToLinked((IDataflowBlock)state!), target, CancellationToken.None, TaskContinuationOptions.DenyChildAttach, TaskScheduler.Default);
    }

    private void Propagate(IDataflowBlock target)
    {
        // As the blocks of the framework do: with all errors, even if there is only one.
        if (Completion.Exception is { } errors)
            target.Fault(errors);
        else
            target.Complete();
    }
}
