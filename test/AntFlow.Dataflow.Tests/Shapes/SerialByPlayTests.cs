using System.Collections.Concurrent;
using AntFlow.Dataflow.Shapes;
using AntFlow.Dataflow.TestKit;
using AntFlow.Dataflow.Tests.Checkpoints;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Shapes;

/// <summary>Keys, filters, switches and polls together, in runs that are paused, resized, stopped, canceled and abandoned at any moment.</summary>
public sealed class SerialByPlayTests
{
    [Test]
    public async Task No_item_is_lost_and_no_key_is_kept_in_a_graph_with_all_shapes([Range(0, 300, 100)] int first)
    {
        for (int seed = first; seed < first + 100; seed += 10)
            await Task.WhenAll(Enumerable.Range(seed, 10).Select(seed => new Play(seed).RunAsync()));
    }

    /// <summary>One run, which depends on its seed.</summary>
    private sealed class Play
    {
        private readonly int _seed;
        private readonly Dice _dice;
        private readonly int _keys;
        private readonly int _items;
        private readonly bool _isOrdered;
        private readonly bool _hangs;
        private readonly ConcurrentDictionary<(string Stage, int Key), int> _inside = [];
        private readonly ConcurrentDictionary<(string Stage, int Item), int> _looks = [];
        private readonly ConcurrentDictionary<int, int> _last = [];
        private readonly ConcurrentDictionary<string, int> _free = [];
        private readonly ConcurrentQueue<string> _faults = [];

        public Play(int seed)
        {
            _seed = seed;
            _dice = Dice.Of(seed);
            _keys = _dice.Between(1, 5);
            _items = _dice.Between(1, 120);
            _isOrdered = _dice.OneIn(2);
            _hangs = _dice.OneIn(4);
        }

        public async Task RunAsync()
        {
            bool ends = _hangs || _dice.OneIn(3);
            int endAfter = _dice.Below(_items * 3);
            int how = _hangs ? 2 : _dice.Below(3);
            await using PipelineRun<int, int> run = Make().Start(new RunOptions
            {
                RunId = $"play-{_seed}",
                AbandonAfter = _hangs ? TimeSpan.Zero : TimeSpan.FromSeconds(30),
                OrderResults = _dice.OneIn(3),
            });
            using var over = new CancellationTokenSource();
            Task disturbing = Task.Run(() => DisturbAsync(run, over.Token));
            try
            {
                await run.FeedAsync(Enumerable.Range(0, _items).Select(x => new WorkItem<int>(x) { Id = x, Priority = _isOrdered ? 0 : x % 3 })).InTime($"feeding {_seed}");
            }
            catch (PipelineClosedException)
            {
                // The run was ended meanwhile.
            }

            run.Complete();
            if (ends)
            {
                await Waiting.UntilAsync(() => _looks.Values.Sum() >= endAfter || run.Completion.IsCompleted || (_hangs && run.GetSnapshot().InProgress > 0));
                if (how == 2)
                    run.Cancel();
                else
                    run.Stop(mode: how == 0 ? StopMode.AfterItem : StopMode.AfterStage);
            }

            PipelineReport<int> report = await run.Completion.InTime($"seed {_seed}").ReportAsync();
            await over.CancelAsync();
            await disturbing;
            _faults.ShouldBeEmpty($"seed {_seed}");
            report.Results.Count.ShouldBe((int)report.Snapshot.Fed, $"seed {_seed}");
            report.Results.Select(result => result.ItemId).Distinct().Count().ShouldBe(report.Results.Count, $"seed {_seed}");
            foreach (StageSnapshot stage in report.Snapshot.Stages)
                (stage.Queued, stage.AwaitingKey, stage.InProgress, stage.Retrying, stage.Polling, stage.Limited, stage.Saving).ShouldBe((0, 0, 0, 0, 0, 0, 0), $"seed {_seed}, {stage.Name}");
        }

        private Pipeline<int, int> Make()
        {
            PipelineBuilder<int, int> builder = PipelineBuilder
                .StageWithTasks<int, int>("First", tasks => tasks.Task("first", x => WorkAsync("First", x), maxConcurrency: _dice.OneIn(3) ? 1 : null).Task("second", x => x, maxConcurrency: _dice.OneIn(3) ? 1 : null), _dice.Pick(1, 2, 6), s => Set(s, "First"))
                .ThenSwitch("Route", x => WorkAsync("Route", x), routes => routes
                    .Case(0, b => b.ThenWhere("Where", async x => await WorkAsync("Where", x) % 5 != 1, _dice.Pick(1, 4), s => Set(s, "Where")))
                    .Case(1, b => b.ThenPoll("Poll", x => LookAsync(x), TimeSpan.FromMilliseconds(1), _dice.Pick(1, 4), s =>
                    {
                        Set(s, "Poll");
                        s.First = _dice.OneIn(2) ? TimeSpan.Zero : null;
                        s.MaxInFlight = _dice.OneIn(2) ? 8 : null;
                    }))
                    .Default(b => b), _dice.Pick(1, 4), s => Set(s, "Route"))
                .Then("Save", x => WorkAsync("Save", x), _dice.Pick(1, 4), s =>
                {
                    Set(s, "Save");
                    s.IsStored = true;
                });
            return (_dice.OneIn(3) ? builder.IdentifyBy(x => x).WithCheckpoints(MakeStore(), new CheckpointOptions { MaxSaving = _dice.Pick(1, 100), GiveUpAfter = TimeSpan.Zero }) : builder).Build();
        }

        // Some stores fail for good: what was given to them is not saved.
        private ICheckpointStore MakeStore()
        {
            if (!_dice.OneIn(2))
                return new InMemoryCheckpointStore();
            int writes = _dice.Between(1, 20);
            return new FragileStore(new InMemoryCheckpointStore()) { Before = call => call == nameof(ICheckpointRun.WriteAsync) && Interlocked.Decrement(ref writes) < 0 ? new IOException("disk full") : null };
        }

        private void Set<TOut>(StageOptions<int, TOut> options, string name)
        {
            int bad = _dice.Between(0, 40);
            int free = _dice.Between(0, 40);
            bool hangs = _hangs && _dice.OneIn(3);
            options.SerialBy = x =>
            {
                if (hangs && x % 10 == 0)
                    Thread.Yield();
                return x == bad ? throw new FormatException("no key") : x == free ? default : (ItemId)(x % _keys);
            };
            if (name is "First" && !_isOrdered)
                options.SkipIf = x => x % 13 == 0;
            options.QueueCapacity = _dice.Pick(1, 2, 100);
            options.Retry = RetryPolicy.Fixed(2, TimeSpan.FromMilliseconds(_dice.Below(3)));
            options.RetryScope = _dice.Pick(RetryScope.Task, RetryScope.Stage);
            options.IsStored = !_dice.OneIn(2);
            if (_dice.OneIn(3))
                options.OnSuccess = async (_, _) => await Task.Yield();
            if (_dice.OneIn(3))
                options.OnFailure = async (_, _) => await Task.Yield();
            _free[name] = free;
        }

        private async Task<int> WorkAsync(string stage, int x)
        {
            int key = x % _keys;
            int calls = _looks.AddOrUpdate((stage, x), 1, (_, count) => count + 1);
            bool hasKey = _free[stage] != x;
            if (hasKey && !_inside.TryAdd((stage, key), x))
                _faults.Enqueue($"{stage}: {x} beside another item of its key");
            if (hasKey && _isOrdered && stage == "First")
            {
                if (_last.TryGetValue(key, out int last) && last > x)
                    _faults.Enqueue($"{x} after {last}");
                _last[key] = x;
            }

            try
            {
                if ((x + calls) % 3 == 0)
                    await Task.Yield();
                for (int i = 0; _hangs && x % 9 == 0 && i < 500; i++)
                    await Task.Yield();
                if (x % 7 == 0 && (x % 2 == 0 || calls == 1))
                    throw new IOException("again");
                return stage == "Route" ? x % 3 : x;
            }
            finally
            {
                if (hasKey)
                    _inside.TryRemove((stage, key), out _);
            }
        }

        private async Task<Poll<int>> LookAsync(int x)
        {
            await WorkAsync("Poll", x);
            int looks = _looks[("Poll", x)];
            return looks < 2 + (x % 3) ? x % 2 == 0 ? Poll.Again : Poll.After(TimeSpan.Zero) : x % 8 == 3 ? Poll.Failed(new IOException("failed")) : Poll.Done(x);
        }

        private async Task DisturbAsync(PipelineRun<int, int> run, CancellationToken over)
        {
            var dice = Dice.Of(_seed, 1);
            string[] names = ["First", "Route", "Where", "Poll", "Save"];
            for (int i = 0; i < 30 && !over.IsCancellationRequested; i++)
            {
                await Task.Yield();
                string name = dice.Pick(names);
                switch (dice.Below(5))
                {
                    case 0:
                        run.Pause(name);
                        await Task.Yield();
                        run.Resume(name);
                        break;
                    case 1:
                        run.SetWorkers(name, dice.Between(1, 6));
                        break;
                    case 2:
                        run.SetMaxInFlight(name, dice.Pick<int?>(null, 6, 20));
                        break;
                    default:
                        Check(run.GetSnapshot());
                        break;
                }
            }
        }

        private void Check(PipelineSnapshot s)
        {
            if (s.Fed != s.Queued + s.Quarantined + s.Limited + s.InProgress + s.Retrying + s.Polling + s.Saving + s.Blocked + s.Succeeded + s.Failed + s.Filtered + s.Canceled)
                _faults.Enqueue($"the run does not add up: {s}");
            foreach (StageSnapshot stage in s.Stages)
            {
                if (stage.Arrived != stage.Queued + stage.Quarantined + stage.Limited + stage.InProgress + stage.Retrying + stage.Polling + stage.Saving + stage.Completed + stage.Skipped + stage.Failed + stage.Filtered + stage.Canceled)
                    _faults.Enqueue($"{stage.Name} does not add up: {stage}");
                if (stage.AwaitingKey > stage.Queued || stage.InProgress < 0)
                    _faults.Enqueue($"{stage.Name}: {stage.AwaitingKey} of {stage.Queued}, {stage.InProgress}");
            }
        }
    }
}
