using System.Collections.ObjectModel;
using System.Threading.Tasks.Dataflow;

namespace AntFlow.Dataflow;

/// <summary>How a source ends, and who is told.</summary>
/// <remarks>Errors and cancellation are noted under the lock of the source half; <see cref="Reach"/> is called once, outside it, when nothing is noted any more.</remarks>
internal sealed class SourceEnd
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyCollection<Exception>? _errors;
    private CancellationToken _canceledBy;
    private bool _isCanceled;

    public Task Completion => _completion.Task;

    /// <summary>What a fault is about. Outside the lock: it asks the exception, which may be foreign code.</summary>
    public static IReadOnlyCollection<Exception> Unwrap(Exception error)
    {
        try
        {
            // Every link wraps an error once more. Without unwrapping, the error at the end of a long graph is a Russian doll.
            ReadOnlyCollection<Exception>? inner = (error as AggregateException)?.Flatten().InnerExceptions;
            return inner is { Count: > 0 } ? inner : [error];
        }
        catch (Exception)
        {
            return [error];
        }
    }

    /// <summary>Notes a fault, see <see cref="Unwrap"/>. The first one counts, and it outweighs cancellation.</summary>
    public void NoteFault(IReadOnlyCollection<Exception> errors) => _errors ??= errors;

    /// <summary>Notes cancellation.</summary>
    public void NoteCancellation(CancellationToken token)
    {
        _canceledBy = token;
        _isCanceled = true;
    }

    /// <summary>Completes the task as noted.</summary>
    public void Reach()
    {
        if (_errors is not null)
            _completion.SetException(_errors);
        else if (_isCanceled)
            _completion.SetCanceled(_canceledBy);
        else
            _completion.SetResult();
    }

    /// <summary>Tells a target that was linked before the end, which is reached. What the target throws is dropped: no caller is there to hear of it, and the
    /// other targets are still to be told.</summary>
    public void TellLinked(IDataflowBlock target)
    {
        try
        {
            Tell(target);
        }
        catch (Exception)
        {
            // See above.
        }
    }

    /// <summary>Tells a target that comes too late to be linked: at once if the end is reached, and then what the target throws goes to the caller; otherwise when it
    /// is reached.</summary>
    public void TellLate(IDataflowBlock target)
    {
        if (Completion.IsCompleted)
            Tell(target);
        else
            _ = Completion.ContinueWith(
                (_, state) => TellLinked((IDataflowBlock)state!), target, CancellationToken.None, TaskContinuationOptions.DenyChildAttach, TaskScheduler.Default);
    }

    private void Tell(IDataflowBlock target)
    {
        // As the framework's blocks do it: with all errors, also if there is one.
        if (Completion.Exception is { } errors)
            target.Fault(errors);
        else
            target.Complete();
    }
}
