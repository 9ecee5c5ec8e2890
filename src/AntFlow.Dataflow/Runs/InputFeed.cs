using System.Runtime.ExceptionServices;

namespace AntFlow.Dataflow;

/// <summary>Feeds a whole input into a run in the background, then completes the run, and reports afterwards whether everything was taken.</summary>
/// <remarks>The user owns the input: when a call that was given an input returns, nothing reads it any more (<see cref="LeaveInputAsync"/>).</remarks>
internal sealed class InputFeed<TIn, TOut>
{
    private readonly RunCore<TOut> _core;
    private readonly CancellationToken _cancellationToken;
    private readonly CancellationTokenRegistration _registration;
    private readonly CancellationTokenSource _over;
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isWhole;
    private Exception? _inputError;

    public InputFeed(RunCore<TOut> core, Feeder<TIn, TOut> feeder, Input<TIn> input, CancellationToken cancellationToken)
    {
        _core = core;
        _cancellationToken = cancellationToken;
        // Never disposed of: it has no timer, and an input that was given up may still ask for its token.
        var over = new CancellationTokenSource();
        _over = over;
        core.Tokens.AddRequest(cancellationToken);
        // Before anything is fed: a token that is already canceled lets nothing start.
        if (cancellationToken.IsCancellationRequested)
            core.Cancel();
        // On the pool: the code that cancels a token does not expect to end a million items there.
        _registration = cancellationToken.UnsafeRegister(
            static core => ThreadPool.UnsafeQueueUserWorkItem(static core => core.Cancel(), (RunCore<TOut>)core!, preferLocal: false), core);
        // On the pool, too: the input may be slow.
        _ = Task.Run(() => FeedAsync(feeder, input), CancellationToken.None);
    }

    /// <summary>Once the run has ended, throws the first of these that applies: the run could not be opened, was canceled, its input threw, or it could not continue. What was requested comes before
    /// what happened meanwhile, and why the input ended comes before what the run made of it; the report has all of it.</summary>
    public void ThrowIfNotWhole(PipelineReport<TOut> report)
    {
        _registration.Unregister();
        if (_core.Checkpoints?.Opened.Exception?.InnerException is { } opening and not OperationCanceledException)
            ExceptionDispatchInfo.Throw(opening);
        if (_cancellationToken.IsCancellationRequested && (!_isWhole || report.CanceledCount > 0))
            throw new PipelineCanceledException<TOut>(report, _cancellationToken);
        if (Volatile.Read(ref _inputError) is { } error)
            throw new PipelineInputException(report, error, isRefused: error is ItemIdMissingException);
        if (report.Fault is not null)
            throw new PipelineFaultException(report);
    }

    /// <summary>Called when the run has ended, perhaps before its input: waits until the item that is being pulled has arrived and the input was left. An item that does not arrive is given up
    /// like a task that does not end.</summary>
    public async Task LeaveInputAsync()
    {
        if (_left.Task.IsCompleted)
            return;
        try
        {
            await _over.CancelAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // A registration of the input threw. The report is complete, and its receiver did not ask for more items.
        }

        await _core.WaitNoLongerThanForBodiesAsync(_left.Task).ConfigureAwait(false);
    }

    private async Task FeedAsync(Feeder<TIn, TOut> feeder, Input<TIn> input)
    {
        try
        {
            if (_core.Display is { } display)
                await display.Started.ConfigureAwait(false);
            if (_core.Checkpoints is { } checkpoints && !await IsOpenAsync(checkpoints).ConfigureAwait(false))
                return;
            await input.FeedAsync(feeder, priority: null, _over.Token).ConfigureAwait(false);
            _isWhole = true;
            _core.OnInputTaken();
        }
        catch (PipelineClosedException)
        {
            // The run was stopped or canceled: the report has the details.
        }
        catch (FeedCanceledException) when (_over.IsCancellationRequested)
        {
            // The run had already ended.
        }
        catch (LeaseLostException error) when (_core.Checkpoints is not null && string.Equals(error.RunId, _core.RunId, StringComparison.Ordinal))
        {
            _core.Checkpoints.OnLeaseLost(error);
        }
        catch (CheckpointException error) when (error.IsOfStore && _core.Checkpoints is not null)
        {
            // The input did not fail; the store did, and is given up.
            _core.Checkpoints.OnStoreGivenUp(error);
        }
        catch (Exception error)
        {
            Volatile.Write(ref _inputError, error);
        }

        // This comes first: completing may end the run.
        _left.SetResult();
        _core.Complete();
    }

    private async Task<bool> IsOpenAsync(RunCheckpoints checkpoints)
    {
        try
        {
            await checkpoints.Opened.ConfigureAwait(false);
            return true;
        }
        catch (Exception)
        {
            // Nothing was taken, and the input did not cause it: the run reports the reason.
            _left.SetResult();
            _core.Complete();
            return false;
        }
    }
}
