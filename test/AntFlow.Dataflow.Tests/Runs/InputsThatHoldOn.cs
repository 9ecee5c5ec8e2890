using System.Collections.Concurrent;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Runs;

/// <summary>Inputs whose code blocks when the run is over, wherever it can: their feed call ends all the same, and so do others and the run.</summary>
public sealed class InputsThatHoldOn
{
    private readonly SteppedTime _time = new();
    private readonly ManualResetEventSlim _release = new();
    private readonly TaskCompletionSource _isAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [TearDown]
    public void Release() => _release.Set();

    private PipelineRun<int, int> Start() => PipelineBuilder.Stage<int, int>("Work", x => x).WithTimeProvider(_time).Build().Start();

    private async Task EndsAsync(PipelineRun<int, int> run, params Task<long>[] calls)
    {
        foreach (Task<long> call in calls)
            await _time.DriveAsync(call.CatchAsync<PipelineClosedException>());
        await _time.DriveAsync(run.Completion);
    }

    [Test]
    public async Task A_registration_on_the_token_holds_neither_its_call_nor_others([Values] bool isLate)
    {
        PipelineRun<int, int> run = Start();
        using var queue = new BlockingCollection<int>();
        Task<long> other = run.FeedAsync(queue.GetConsumingEnumerable());
        Task<long> call = run.FeedAsync(new Registering(_release, _isAsked, isLate));
        await _isAsked.Task.InTime();
        run.Complete();

        await EndsAsync(run, call, other);

        queue.CompleteAdding();
    }

    [Test]
    public async Task The_end_of_a_sequence_holds_nobody([Values] bool isCanceled)
    {
        PipelineRun<int, int> run = Start();
        using var mayGive = new ManualResetEventSlim();
        Task<long> call = run.FeedAsync(Items());
        await _isAsked.Task.InTime();
        if (isCanceled)
            run.Cancel();
        else
            run.Complete();
        mayGive.Set();

        await EndsAsync(run, call);

        IEnumerable<int> Items()
        {
            try
            {
                yield return 1;
                _isAsked.TrySetResult();
                mayGive.Wait();
                yield return 2;
            }
            finally
            {
                _release.Wait();
            }
        }
    }

    [Test]
    public async Task The_end_of_a_sequence_that_comes_late_holds_nobody()
    {
        using var mayIdentify = new ManualResetEventSlim();
        PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("Work", x => x).IdentifyBy(Identify).WithTimeProvider(_time).Build().Start();
        Task<long> call = run.FeedAsync(Items());
        await _isAsked.Task.InTime();
        run.Cancel();
        // The wait for the sequence is over while it is between two elements.
        _time.Advance(TimeSpan.FromHours(1));
        mayIdentify.Set();

        await EndsAsync(run, call);

        ItemId Identify(int item)
        {
            _isAsked.TrySetResult();
            mayIdentify.Wait();
            return item;
        }

        IEnumerable<int> Items()
        {
            try
            {
                yield return 1;
                yield return 2;
            }
            finally
            {
                _release.Wait();
            }
        }
    }

    [Test]
    public async Task The_end_of_a_stream_holds_nobody()
    {
        PipelineRun<int, int> run = Start();
        var never = new TaskCompletionSource();
        var mayGive = new TaskCompletionSource();
        Task<long> call = run.FeedAsync(Items());
        await _isAsked.Task.InTime();
        run.Complete();
        mayGive.SetResult();

        await EndsAsync(run, call);

        never.SetResult();

        async IAsyncEnumerable<int> Items()
        {
            try
            {
                yield return 1;
                _isAsked.TrySetResult();
                await mayGive.Task;
                yield return 2;
            }
            finally
            {
                await never.Task;
            }
        }
    }

    [Test]
    public async Task What_follows_one_feed_call_may_wait_for_another_one()
    {
        PipelineRun<int, int> run = Start();
        using var queue = new BlockingCollection<int>();
        Task<long> other = run.FeedAsync(queue.GetConsumingEnumerable());
        Task<long> waiting = WaitAsync();
        await _isAsked.Task.InTime();
        run.Complete();

        await EndsAsync(run, other);

        (await waiting.InTime()).ShouldBe(0);
        queue.CompleteAdding();

        async Task<long> WaitAsync()
        {
            await run.FeedAsync(Idle()).CatchAsync<PipelineClosedException>().ConfigureAwait(false);
            ((IAsyncResult)other).AsyncWaitHandle.WaitOne();
            return 0;
        }

        async IAsyncEnumerable<int> Idle([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var canceled = new TaskCompletionSource();
            using (cancellationToken.Register(() => canceled.TrySetCanceled()))
            {
                _isAsked.TrySetResult();
                await canceled.Task.ConfigureAwait(false);
            }

            yield return 1;
        }
    }

    [Test]
    public async Task A_stream_that_cannot_be_begun_leaves_nothing_on_the_token_of_the_call()
    {
        using var life = new CancellationTokenSource();
        WeakReference run = await FailAsync(life.Token);
        for (int i = 0; i < 10 && run.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
        }

        run.IsAlive.ShouldBeFalse();
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private async Task<WeakReference> FailAsync(CancellationToken token)
    {
        PipelineRun<int, int> run = Start();
        await run.FeedAsync(new Unwilling(), cancellationToken: token).CatchAsync<InvalidOperationException>().InTime();
        run.Complete();
        await run.Completion.InTime();
        return new WeakReference(run.Core);
    }

    private sealed class Unwilling : IAsyncEnumerable<int>
    {
        public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) => throw new InvalidOperationException("It does not begin.");
    }

    /// <summary>A stream that blocks the thread that cancels its token.</summary>
    private sealed class Registering(ManualResetEventSlim release, TaskCompletionSource isAsked, bool isLate) : IAsyncEnumerable<int>, IAsyncEnumerator<int>
    {
        private CancellationToken _token;

        public int Current => 0;

        public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default)
        {
            _token = cancellationToken;
            return this;
        }

        public async ValueTask<bool> MoveNextAsync()
        {
            if (isLate)
                await Task.Yield();
            _token.Register(release.Wait);
            isAsked.TrySetResult();
            await new TaskCompletionSource().Task;
            return false;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
