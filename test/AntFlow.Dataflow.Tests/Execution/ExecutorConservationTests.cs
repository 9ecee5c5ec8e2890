using System.Collections.Concurrent;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Execution;

/// <summary>Whatever happens, every future ends, once, as what happened to it; a map has all its results or throws; and never do more calls run than there are workers or permits.</summary>
public sealed class ExecutorConservationTests
{
    private static int Cases => Environment.GetEnvironmentVariable("ANTFLOW_LONG") is null ? 150 : 3000;

    [Test]
    public async Task Every_future_ends_as_what_happened_to_its_call()
    {
        int first = Environment.GetEnvironmentVariable("ANTFLOW_SEED") is { } seed ? int.Parse(seed, System.Globalization.CultureInfo.InvariantCulture) : 1;
        var seen = new ConcurrentDictionary<string, int>();
        for (int i = first; i < first + Cases; i++)
        {
            try
            {
                await new Play(i, seen).RunAsync().InTime();
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"ANTFLOW_SEED={i}: {error.Message}", error);
            }
        }

        TestContext.Progress.WriteLine(string.Join(", ", seen.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}")));
        foreach (string what in new[] { "succeeded", "failed", "canceled", "timed out", "refused", "map done", "map failed", "map shut down", "map canceled", "stream left", "shutdown", "shutdown cancels" })
            seen.ShouldContainKey(what);
    }

    private sealed class Play
    {
        private readonly Dice _dice;
        private readonly SteppedTime _time = new();
        private readonly ConcurrentDictionary<string, int> _seen;
        private readonly AsyncExecutor _executor;
        private readonly SemaphoreSlim _limit;
        private readonly int _workers;
        private readonly int _permits;
        private int _running;
        private int _limited;
        private string? _violation;

        public Play(int seed, ConcurrentDictionary<string, int> seen)
        {
            _dice = Dice.Of(seed);
            _seen = seen;
            _workers = _dice.Between(1, 6);
            _permits = _dice.Between(1, 3);
            _limit = new SemaphoreSlim(_permits);
            _executor = new AsyncExecutor(_workers, _time);
        }

        public async Task RunAsync()
        {
            List<Task> checks = [];
            int submitters = _dice.Between(1, 3);
            for (int i = 0; i < submitters; i++)
            {
                var dice = Dice.Of(_dice.Below(int.MaxValue));
                checks.Add(Task.Run(() => SubmitManyAsync(dice)));
            }

            for (int i = _dice.Below(3); i > 0; i--)
            {
                var dice = Dice.Of(_dice.Below(int.MaxValue));
                checks.Add(Task.Run(() => MapAsync(dice)));
            }

            if (_dice.OneIn(2))
            {
                bool cancels = _dice.OneIn(2);
                int after = _dice.Below(40);
                checks.Add(Task.Run(async () =>
                {
                    for (int i = 0; i < after; i++)
                        await Task.Yield();
                    See(cancels ? "shutdown cancels" : "shutdown");
                    await _executor.ShutdownAsync(cancelPending: cancels);
                }));
            }

            Task all = Task.WhenAll(checks);
            await StepUntilAsync(all);
            await all;
            await StepUntilAsync(_executor.DisposeAsync().AsTask());
            await Waiting.UntilAsync(() => _limit.CurrentCount == _permits);
            _violation.ShouldBeNull();
            Volatile.Read(ref _running).ShouldBe(0);
            _limit.Dispose();
        }

        private async Task StepUntilAsync(Task task)
        {
            while (!task.IsCompleted)
            {
                _time.StepToNextTimer();
                await Task.Yield();
            }
        }

        private async Task SubmitManyAsync(Dice dice)
        {
            List<Task> checks = [];
            for (int i = dice.Between(1, 30); i > 0; i--)
            {
                if (dice.OneIn(4))
                    await Task.Yield();
                checks.Add(SubmitAsync(Dice.Of(dice.Below(int.MaxValue))));
            }

            await Task.WhenAll(checks);
        }

        private async Task SubmitAsync(Dice dice)
        {
            int attempts = dice.Between(1, 3);
            using var canceling = new CancellationTokenSource();
            bool isLimited = dice.OneIn(3);
            var options = new SubmitOptions
            {
                Priority = dice.Below(4),
                Retry = RetryPolicy.Fixed(attempts, TimeSpan.FromMilliseconds(dice.Below(3))),
                Limit = isLimited ? _limit : null,
                ItemTimeout = dice.OneIn(4) ? TimeSpan.FromMilliseconds(dice.Between(1, 5)) : null,
            };
            CancellationToken token = dice.OneIn(3) ? canceling.Token : CancellationToken.None;
            var body = new Body(this, dice, isLimited);
            Task<int> future;
            try
            {
                future = _executor.Submit(body.CallAsync, options, token);
            }
            catch (ExecutorShutdownException)
            {
                See("refused");
                body.Calls.ShouldBe(0);
                return;
            }

            if (token.CanBeCanceled)
            {
                if (dice.OneIn(2))
                    await Task.Yield();
                await canceling.CancelAsync();
            }

            await ((Task)future).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await CheckAsync(future, body);
            body.Calls.ShouldBeLessThanOrEqualTo(attempts);
        }

        private async Task CheckAsync(Task<int> future, Body body)
        {
            switch (future.Status)
            {
                case TaskStatus.RanToCompletion:
                    See("succeeded");
                    (await future).ShouldBe(body.Value);
                    (body.Ended, body.Calls).ShouldBe((1, body.Failures + 1));
                    break;
                case TaskStatus.Canceled:
                    See("canceled");
                    body.Ended.ShouldBe(0);
                    break;
                default:
                    Exception error = future.Exception!.InnerException!;
                    See(error is AttemptTimeoutException ? "timed out" : "failed");
                    body.Ended.ShouldBe(0);
                    if (error is InvalidOperationException)
                        error.Message.ShouldBe($"{body.Value}");
                    else
                        error.ShouldBeOfType<AttemptTimeoutException>();
                    break;
            }
        }

        private async Task MapAsync(Dice dice)
        {
            int count = dice.Below(60);
            int fails = dice.OneIn(3) ? dice.Below(60) : -1;
            bool isLimited = dice.OneIn(4);
            using var canceling = new CancellationTokenSource();
            var options = new MapOptions { Priority = dice.Below(4), Limit = isLimited ? _limit : null };
            CancellationToken token = dice.OneIn(4) ? canceling.Token : CancellationToken.None;
            async Task<int> CallAsync(int x, CancellationToken ct)
            {
                using var _ = Enter(isLimited);
                if (x % 3 == 0)
                    await Task.Yield();
                else if (x % 3 == 1)
                    await Task.Delay(TimeSpan.FromMilliseconds(1), _time, ct);
                return x == fails ? throw new InvalidOperationException("map") : x;
            }

            try
            {
                bool streams = dice.OneIn(2);
                int leaveAt = dice.OneIn(3) ? dice.Below(60) : -1;
                Task<List<int>> map = streams ? ReadAsync(_executor.MapStreamAsync(Enumerable.Range(0, count), CallAsync, options, token), leaveAt) : CollectAsync(count, CallAsync, options, token);
                if (token.CanBeCanceled)
                    await canceling.CancelAsync();
                List<int> results = await map;
                bool hasLeft = streams && leaveAt >= 0 && leaveAt < count;
                See(hasLeft ? "stream left" : "map done");
                results.ShouldBe(Enumerable.Range(0, hasLeft ? leaveAt + 1 : count));
            }
            catch (ExecutorShutdownException error)
            {
                See(error.Message.Contains("cancelPending", StringComparison.Ordinal) ? "map shut down" : "refused");
            }
            catch (OperationCanceledException)
            {
                canceling.IsCancellationRequested.ShouldBeTrue();
                See("map canceled");
            }
            catch (InvalidOperationException error) when (error.Message == "map")
            {
                fails.ShouldBeInRange(0, count - 1);
                See("map failed");
            }
        }

        private async Task<List<int>> CollectAsync(int count, Func<int, CancellationToken, Task<int>> call, MapOptions options, CancellationToken cancellationToken) => [.. await _executor.MapAsync(Enumerable.Range(0, count), call, options, cancellationToken)];

        private static async Task<List<int>> ReadAsync(IAsyncEnumerable<int> stream, int leaveAt)
        {
            List<int> read = [];
            await foreach (int x in stream)
            {
                read.Add(x);
                if (x == leaveAt)
                    break;
            }

            return read;
        }

        private Inside Enter(bool isLimited)
        {
            if (Interlocked.Increment(ref _running) > _workers)
                _violation = "More calls ran than there are workers.";
            if (isLimited && Interlocked.Increment(ref _limited) > _permits)
                _violation = "More calls ran than there are permits.";
            return new Inside(this, isLimited);
        }

        private void See(string what) => _seen.AddOrUpdate(what, 1, (_, count) => count + 1);

        private sealed class Body(Play play, Dice dice, bool isLimited)
        {
            private readonly int _rest = dice.Below(4);
            private readonly bool _listens = dice.OneIn(2);
            private int _calls;
            private int _ended;

            public int Value { get; } = dice.Below(1000);

            public int Failures { get; } = dice.OneIn(3) ? dice.Between(1, 3) : 0;

            public int Calls => Volatile.Read(ref _calls);

            public int Ended => Volatile.Read(ref _ended);

            public async Task<int> CallAsync(CancellationToken cancellationToken)
            {
                int call = Interlocked.Increment(ref _calls);
                using Inside inside = play.Enter(isLimited);
                if (_rest == 1)
                    await Task.Yield();
                else if (_rest == 2)
                    await Task.Delay(TimeSpan.FromMilliseconds(2), play._time, _listens ? cancellationToken : CancellationToken.None);
                if (call <= Failures)
                    throw new InvalidOperationException($"{Value}");
                Interlocked.Increment(ref _ended);
                return Value;
            }
        }

        private sealed class Inside(Play play, bool isLimited) : IDisposable
        {
            public void Dispose()
            {
                if (isLimited)
                    Interlocked.Decrement(ref play._limited);
                Interlocked.Decrement(ref play._running);
            }
        }
    }
}
