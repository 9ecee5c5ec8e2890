using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Runs;

/// <summary>A feed call ends with its run, whatever ended it: it takes nothing more from its input, and says what it has taken and not placed.</summary>
public sealed class FeedCallsThatOutliveTheirRun
{
    private readonly SteppedTime _time = new();
    private readonly Channel<int> _queue = Channel.CreateUnbounded<int>();

    public enum Ending
    {
        Complete,
        Stop,
        StopAsync,
        Cancel,
        Dispose,
        Failures,
    }

    private PipelineRun<int, int> Start(RunOptions? options = null) => PipelineBuilder
        .Stage<int, int>("Work", x => x < 0 ? throw new ArgumentException("negative") : x)
        .WithTimeProvider(_time)
        .Build()
        .Start(options ?? new RunOptions { StopAfterFailures = 1 });

    private static void End(PipelineRun<int, int> run, Ending ending) => _ = ending switch
    {
        Ending.Complete => Do(run.Complete),
        Ending.Stop => Do(() => run.Stop()),
        Ending.StopAsync => run.StopAsync(),
        Ending.Cancel => Do(run.Cancel),
        Ending.Dispose => run.DisposeAsync().AsTask(),
        _ => run.FeedOneAsync(-1),
    };

    private static Task Do(Action end)
    {
        end();
        return Task.CompletedTask;
    }

    [Test]
    public async Task An_idle_stream_loses_no_message([Values] Ending ending)
    {
        PipelineRun<int, int> run = Start();
        Task<long> feeding = run.FeedAsync(_queue.Reader.ReadAllAsync());
        _queue.Writer.TryWrite(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 1);
        End(run, ending);

        PipelineClosedException closed = await feeding.CatchAsync<PipelineClosedException>().InTime();

        (closed.Accepted, closed.NotAccepted).ShouldBe((1, 0));
        await run.Completion.InTime();
        _queue.Writer.TryWrite(2);
        _queue.Reader.Count.ShouldBe(1);
    }

    [Test]
    public async Task A_stream_that_does_not_obey_its_token_is_left_after_a_while([Values] Ending ending)
    {
        PipelineRun<int, int> run = Start();
        var source = new Deaf();
        Task<long> feeding = run.FeedAsync(source);
        await source.Asked.Task.InTime();
        End(run, ending);

        PipelineClosedException closed = await _time.DriveAsync(feeding.CatchAsync<PipelineClosedException>());

        (closed.Accepted, closed.NotAccepted).ShouldBe((0, 0));
        await _time.DriveAsync(run.Completion);
        source.IsDisposed.Task.IsCompleted.ShouldBeFalse("it has still to answer");
        source.Answer.SetResult(true);
        await source.IsDisposed.Task.InTime();
    }

    [Test]
    public async Task A_sequence_that_holds_its_thread_holds_neither_caller_nor_call([Values] Ending ending)
    {
        using var queue = new BlockingCollection<int>();
        PipelineRun<int, int> run = Start();
        // Returns although the sequence does not.
        Task<long> feeding = run.FeedAsync(queue.GetConsumingEnumerable());
        queue.Add(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 1);
        End(run, ending);

        PipelineClosedException closed = await _time.DriveAsync(feeding.CatchAsync<PipelineClosedException>());

        (closed.Accepted, closed.NotAccepted).ShouldBe((1, 0));
        await _time.DriveAsync(run.Completion);
        queue.CompleteAdding();
    }

    [Test]
    public async Task What_was_taken_and_came_too_late_is_counted([Values] bool isStream)
    {
        PipelineRun<int, int> run = Start();
        Task<long> feeding = isStream ? run.FeedAsync(Stream()) : run.FeedAsync(Sequence());

        PipelineClosedException closed = await feeding.CatchAsync<PipelineClosedException>();

        (closed.Accepted, closed.NotAccepted).ShouldBe((1, 1));
        closed.Message.ShouldEndWith("1 item of this call was accepted, and 1 more taken from its input and not placed.");

        IEnumerable<int> Sequence()
        {
            yield return 1;
            run.Stop();
            yield return 2;
            throw new InvalidOperationException("Nobody asks for a third one.");
        }

        async IAsyncEnumerable<int> Stream()
        {
            foreach (int number in Sequence())
            {
                await Task.Yield();
                yield return number;
            }
        }
    }

    [Test]
    public async Task What_comes_after_the_call_has_ended_is_in_the_log([Values] bool isStream)
    {
        var log = new FakeLogCollector();
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(new FakeLoggerProvider(log)));
        PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("Work", x => x).WithTimeProvider(_time).WithLogging(logging).Build().Start();
        var source = new Deaf();
        using var queue = new BlockingCollection<int>();
        Task<long> feeding = isStream ? run.FeedAsync(source) : run.FeedAsync(queue.GetConsumingEnumerable());
        if (isStream)
            await source.Asked.Task.InTime();
        else
            await AddAsync(queue, run);
        run.Stop();
        await _time.DriveAsync(feeding.CatchAsync<PipelineClosedException>());

        source.Answer.SetResult(true);
        queue.Add(2);

        await Waiting.UntilAsync(() => log.GetSnapshot().Any(line => line.Message.EndsWith("the input of stage Work returned another item after its feed call had ended; the item was not accepted", StringComparison.Ordinal)));
    }

    private static async Task AddAsync(BlockingCollection<int> queue, PipelineRun<int, int> run)
    {
        queue.Add(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 1);
    }

    [Test]
    public async Task A_call_that_is_canceled_leaves_its_input_like_one_whose_run_has_ended()
    {
        await using PipelineRun<int, int> run = Start();
        using var canceling = new CancellationTokenSource();
        var source = new Deaf();
        Task<long> feeding = run.FeedAsync(source, cancellationToken: canceling.Token);
        await source.Asked.Task.InTime();
        await canceling.CancelAsync();

        FeedCanceledException canceled = await _time.DriveAsync(feeding.CatchAsync<FeedCanceledException>());

        (canceled.Accepted, canceled.NotAccepted).ShouldBe((0, 0));
        source.Answer.SetResult(false);
    }

    [Test]
    public async Task Collections_are_fed_by_the_caller_and_other_sequences_on_the_pool()
    {
        await using PipelineRun<int, int> run = Start();
        bool isOnPool = false;
        bool isCallerOnPool = true;
        await Task.Factory.StartNew(
            () =>
            {
                isCallerOnPool = Thread.CurrentThread.IsThreadPoolThread;
                return run.FeedAsync(Sequence());
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap().InTime();

        (isCallerOnPool, isOnPool).ShouldBe((false, true));
        int caller = Environment.CurrentManagedThreadId;
        int taker = 0;
        Task<long> feeding = run.FeedAsync(new Watched([1, 2], () => taker = Environment.CurrentManagedThreadId));
        taker.ShouldBe(caller);
        await feeding.InTime();

        IEnumerable<int> Sequence()
        {
            isOnPool = Thread.CurrentThread.IsThreadPoolThread;
            yield return 1;
        }
    }

    private sealed class Watched(List<int> elements, Action onTaken) : IReadOnlyCollection<int>
    {
        public int Count => elements.Count;

        public IEnumerator<int> GetEnumerator()
        {
            onTaken();
            return elements.GetEnumerator();
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>A stream that hears nothing.</summary>
    private sealed class Deaf : IAsyncEnumerable<int>, IAsyncEnumerator<int>
    {
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<bool> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource IsDisposed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Current => 1;

        public IAsyncEnumerator<int> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

        public ValueTask<bool> MoveNextAsync()
        {
            Asked.TrySetResult();
            return new ValueTask<bool>(Answer.Task);
        }

        public ValueTask DisposeAsync()
        {
            IsDisposed.TrySetResult();
            return ValueTask.CompletedTask;
        }
    }
}
