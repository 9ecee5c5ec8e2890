using System.Runtime.ExceptionServices;

namespace AntFlow.Dataflow;

/// <summary>A map whose results are read as they become available, in input order. A failure is thrown in the position of its result; after it no further value is read from the source.</summary>
/// <remarks>Results wait in a ring with the size of the window, in which every value has its own place. The only reader waits on a waiter.</remarks>
internal sealed class StreamedMap<TIn, TOut>(MapPlan<TIn, TOut> plan) : MapCall<TIn, TOut>(plan)
{
    private readonly Cell[] _ring = new Cell[plan.Window.Size];
    private readonly Waiter _reader = new(isReader: true);
    private bool _isReaderWaiting;
    private bool _isPulled;
    private long _next;
    private Exception? _sourceError;

    protected override long Ahead(in LockScope held) => Pulled(held) - _next;

    /// <summary>Starts a map when its first result is requested, so that a stream that is never read needs no cleanup. Leaving the enumeration stops the map and waits for running calls.</summary>
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

    protected override void Keep(long index, TOut value, in LockScope held) => Put(index, new Cell(IsThere: true, value, Error: null), held);

    protected override void Fail(long index, Exception error, in LockScope held)
    {
        StopPulling(held);
        Put(index, new Cell(IsThere: true, default!, error), held);
    }

    protected override void FailSource(Exception error, in LockScope held) => _sourceError = error;

    protected override void OnPulled(in LockScope held)
    {
        _isPulled = true;
        ReleaseReader(held);
    }

    protected override void OnStop(in LockScope held) => ReleaseReader(held);

    private Outcome TryRead(out TOut value, out Exception? error, out ValueTask<bool> wait)
    {
        Outcome outcome;
        using (LockScope held = Lock.Enter(out _))
            outcome = Read(out value, out error, out wait, held);
        return outcome;
    }

    private Outcome Read(out TOut value, out Exception? error, out ValueTask<bool> wait, in LockScope held)
    {
        ref Cell cell = ref _ring[_next % _ring.Length];
        (bool isThere, value, error) = cell;
        wait = default;
        if (isThere)
        {
            cell = default;
            _next++;
            MoveWindow(held);
            return error is null ? Outcome.Value : Outcome.Error;
        }

        error = IsStopped(held) ? Error(held) : _sourceError;
        if (IsStopped(held) || (_isPulled && _next == Pulled(held)))
            return error is null ? Outcome.End : Outcome.Error;
        _reader.Reset();
        _isReaderWaiting = true;
        wait = _reader.WaitAsync();
        return Outcome.Wait;
    }

    private void Put(long index, in Cell cell, in LockScope held)
    {
        _ring[index % _ring.Length] = cell;
        if (index == _next)
            ReleaseReader(held);
    }

    private void ReleaseReader(in LockScope held)
    {
        if (!_isReaderWaiting)
            return;
        _isReaderWaiting = false;
        held.After.CompleteWait(_reader, answer: true);
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

/// <summary>A stream that starts a new map each time it is enumerated.</summary>
internal sealed class MapStream<TIn, TOut>(Func<MapPlan<TIn, TOut>> begin) : IAsyncEnumerable<TOut>
{
    public IAsyncEnumerator<TOut> GetAsyncEnumerator(CancellationToken cancellationToken = default) => StreamedMap<TIn, TOut>.ReadAsync(begin, cancellationToken);
}
