namespace AntFlow.Dataflow;

/// <summary>A run that begins when its results are enumerated, and is canceled when the reader leaves. Can be enumerated once.</summary>
internal sealed class ResultStream<TOut>(Func<CancellationToken, StreamedRun<TOut>> start, CancellationToken cancellationToken) : IAsyncEnumerable<PipelineResult<TOut>>
{
    private int _isStarted;

    public IAsyncEnumerator<PipelineResult<TOut>> GetAsyncEnumerator(CancellationToken enumeratorToken = default)
    {
        if (Interlocked.Exchange(ref _isStarted, 1) != 0)
            throw new InvalidOperationException("The results of StreamAsync can be read once; call StreamAsync again for another run.");
        return ReadAsync(enumeratorToken);
    }

    private async IAsyncEnumerator<PipelineResult<TOut>> ReadAsync(CancellationToken enumeratorToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, enumeratorToken);
        StreamedRun<TOut> run = start(either.Token);
        try
        {
            do
            {
                while (run.Core.Sink.TryRead(out PipelineResult<TOut> result))
                    yield return result;
            }
            while (await run.Core.Sink.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false));
            PipelineReport<TOut> report = await run.Core.Completion.ConfigureAwait(false);
            await run.LeaveInputAsync().ConfigureAwait(false);
            run.ThrowIfNotWhole(report);
        }
        finally
        {
            run.Core.Leave(RunLeaver.Reader);
            await ((Task)run.Core.Completion).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await run.LeaveInputAsync().ConfigureAwait(false);
        }
    }
}

/// <summary>What a stream has started.</summary>
internal sealed record StreamedRun<TOut>(RunCore<TOut> Core, Func<Task> LeaveInputAsync, Action<PipelineReport<TOut>> ThrowIfNotWhole);
