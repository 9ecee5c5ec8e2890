using System.Runtime.ExceptionServices;

namespace AntFlow.Dataflow;

/// <summary>A map whose results are read as they come, in input order. A failure is thrown where its result would be; no further value is pulled from then on.</summary>
/// <remarks>Results wait in a ring as wide as the window, in which every value has a place of its own. The one reader waits on a slip.</remarks>
internal sealed class StreamedMap<TIn, TOut>(MapPlan<TIn, TOut> plan) : MapCall<TIn, TOut>(plan)
{
    private readonly Cell[] _ring = new Cell[plan.Window.Size];
    private readonly WaitSlip _reader = new(isReader: true);
    private bool _isReaderWaiting;
    private bool _isPulled;
    private long _next;
    private Exception? _sourceError;

    protected override long AheadNeedsLock => PulledNeedsLock - _next;

    /// <summary>Begins a map when its first result is asked for: who never asks has nothing to leave. Leaving stops it and waits for what runs.</summary>
    public static async IAsyncEnumerator<TOut> ReadAsync(Func<MapPlan<TIn, TOut>> begin, CancellationToken cancellationToken)
    {
        var map = new StreamedMap<TIn, TOut>(begin());
        CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static (map, token) => ((StreamedMap<TIn, TOut>)map!).Stop(new OperationCanceledException(token)), map);
        map.Start();
        try
        {
            while (true)
            {
                switch (map.TryRead(out TOut value, out Exception? error, out ValueTask<bool> wait))
                {
                    case Outcome.Value:
                        yield return value;
                        break;
                    case Outcome.Wait:
                        await wait.ConfigureAwait(false);
                        break;
                    case Outcome.Error:
                        ExceptionDispatchInfo.Throw(error!);
                        break;
                    default:
                        yield break;
                }
            }
        }
        finally
        {
            registration.Unregister();
            map.Stop(error: null);
            await map.Ended.ConfigureAwait(false);
        }
    }

    protected override void KeepNeedsLock(long index, TOut value, ref Aftermath after) => Put(index, new Cell(IsThere: true, value, Error: null), ref after);

    protected override void FailNeedsLock(long index, Exception error, ref Aftermath after)
    {
        CloseNeedsLock(ref after);
        Put(index, new Cell(IsThere: true, default!, error), ref after);
    }

    protected override void FailSourceNeedsLock(Exception error, ref Aftermath after) => _sourceError = error;

    protected override void OnPulledNeedsLock(ref Aftermath after)
    {
        _isPulled = true;
        ReleaseReaderNeedsLock(ref after);
    }

    protected override void OnStopNeedsLock(ref Aftermath after) => ReleaseReaderNeedsLock(ref after);

    private Outcome TryRead(out TOut value, out Exception? error, out ValueTask<bool> wait)
    {
        Aftermath after = default;
        Outcome outcome;
        using (Gate.EnterSection())
            outcome = ReadNeedsLock(out value, out error, out wait, ref after);
        after.Perform();
        return outcome;
    }

    private Outcome ReadNeedsLock(out TOut value, out Exception? error, out ValueTask<bool> wait, ref Aftermath after)
    {
        ref Cell cell = ref _ring[_next % _ring.Length];
        (bool isThere, value, error) = cell;
        wait = default;
        if (isThere)
        {
            cell = default;
            _next++;
            MoveWindowNeedsLock(ref after);
            return error is null ? Outcome.Value : Outcome.Error;
        }

        error = IsStoppedNeedsLock ? ErrorNeedsLock : _sourceError;
        if (IsStoppedNeedsLock || (_isPulled && _next == PulledNeedsLock))
            return error is null ? Outcome.End : Outcome.Error;
        _reader.Reset();
        _isReaderWaiting = true;
        wait = _reader.WaitAsync();
        return Outcome.Wait;
    }

    private void Put(long index, in Cell cell, ref Aftermath after)
    {
        _ring[index % _ring.Length] = cell;
        if (index == _next)
            ReleaseReaderNeedsLock(ref after);
    }

    private void ReleaseReaderNeedsLock(ref Aftermath after)
    {
        if (!_isReaderWaiting)
            return;
        _isReaderWaiting = false;
        after.Tell(_reader, answer: true);
    }

    private enum Outcome
    {
        Value,
        Wait,
        Error,
        End,
    }

    private readonly record struct Cell(bool IsThere, TOut Value, Exception? Error);
}

/// <summary>A map that begins when its results are asked for, each time anew.</summary>
internal sealed class MapStream<TIn, TOut>(Func<MapPlan<TIn, TOut>> begin) : IAsyncEnumerable<TOut>
{
    public IAsyncEnumerator<TOut> GetAsyncEnumerator(CancellationToken cancellationToken = default) => StreamedMap<TIn, TOut>.ReadAsync(begin, cancellationToken);
}
