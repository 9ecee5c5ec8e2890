using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Tasks.Dataflow;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Runs;

/// <summary>All user code of a run sees what its caller had at the start: the culture, AsyncLocals and, where the call waits for the run, its Activity.</summary>
public sealed class CallersContextTests
{
    private readonly ConcurrentDictionary<string, ConcurrentBag<Surroundings>> _seen = new(StringComparer.Ordinal);

    public enum Way
    {
        Run,
        Stream,
        Start,
        Block,
    }

    private static readonly string[] _everywhere =
    [
        "Task", "after its await", "on a scheduler", "SkipIf", "SkipTo", "OnSuccess", "OnFailure", "ShouldRetry", "DelayFor", "IsThrottle", "IdentifyBy", "OnStatusChange", "OnTaskStart", "Log",
        "OnStart", "OnUpdate", "OnFinish",
    ];

    [Test]
    public async Task Every_piece_of_user_code_sees_what_the_caller_had([Values] Way way)
    {
        using Activity activity = Surroundings.Enter("de-DE", "tenant 7", "request");
        Surroundings there = Surroundings.Now with { Activity = way is Way.Run or Way.Stream ? "request" : null };

        await RunAsync(way, BuildPipeline(), () => "an input".Split(' ').Where(NoteInput)).InTime();

        foreach (string place in _everywhere)
            SeenBy(place).ShouldBe([there], $"in {place}");
        // An input that is fed with a feed call is part of that call.
        SeenBy("input").ShouldBe([way == Way.Start ? there with { Activity = "request" } : way == Way.Block ? Surroundings.Now : there]);
        Activity.Current.ShouldBeSameAs(activity);
    }

    [Test]
    public async Task A_stream_takes_what_was_there_at_the_call_and_not_where_it_is_read()
    {
        IAsyncEnumerable<PipelineResult<string>> results;
        using (Surroundings.Enter("de-DE", "at the call", "call"))
            results = BuildPipeline().StreamAsync("an input".Split(' ').Where(NoteInput), OptionsOf());
        using Activity reading = Surroundings.Enter("fr-FR", "at the reading", "reading");

        await foreach (PipelineResult<string> result in results)
            Surroundings.Now.ShouldBe(new Surroundings("fr-FR", "at the reading", "reading"));

        foreach (string place in _everywhere.Append("input"))
            SeenBy(place).ShouldBe([new Surroundings("de-DE", "at the call", "call")], $"in {place}");
    }

    [Test]
    public async Task Where_the_flow_is_suppressed_nothing_is_captured([Values] Way way)
    {
        using Activity activity = Surroundings.Enter("de-DE", "tenant 7", "request");
        Pipeline<string, string> pipeline = BuildPipeline();
        Task running;
        using (ExecutionContext.SuppressFlow())
            running = RunAsync(way, pipeline, () => ["an", "input"]);
        await running.InTime();

        Surroundings nothing = new(await OnPoolAsync(() => CultureInfo.CurrentCulture.Name), Tenant: null, Activity: null);
        // A display's first call and the feeding of collections belong to the call itself.
        foreach (string place in _everywhere.Except(["IdentifyBy", "Log"]))
            SeenBy(place).ShouldBe([nothing], $"in {place}");
    }

    [Test]
    public void A_thread_that_suppresses_the_flow_has_what_it_had_after_a_call()
    {
        using Activity activity = Surroundings.Enter("de-DE", "tenant 7", "request");
        Pipeline<string, string> pipeline = BuildPipeline();
        PipelineRun<string, string> run = pipeline.Start();
        using (Surroundings.Enter("fr-FR", "elsewhere", "feeding"))
        {
            using (ExecutionContext.SuppressFlow())
            {
                // IdentifyBy and the logger are called on this thread.
                run.TryFeedOne("an").ShouldBeTrue();
                ExecutionContext.IsFlowSuppressed().ShouldBeTrue();
                Surroundings.Now.ShouldBe(new Surroundings("fr-FR", "elsewhere", "feeding"));
            }

            ExecutionContext.IsFlowSuppressed().ShouldBeFalse();
        }

        SeenBy("IdentifyBy").ShouldBe([new Surroundings("de-DE", "tenant 7", Activity: null)]);
    }

    [Test]
    public async Task What_an_item_sets_ends_with_it()
    {
        using Activity activity = Surroundings.Enter("de-DE", "tenant 7", "request");
        Surroundings there = Surroundings.Now;
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>(
                "A",
                async number =>
                {
                    Note("Task");
                    Surroundings.Change(number);
                    await Task.Yield();
                    Surroundings.Change(number);
                    return number;
                },
                2,
                s =>
                {
                    s.SkipIf = number =>
                    {
                        Note("SkipIf");
                        Surroundings.Change(number);
                        return false;
                    };
                    s.OnSuccess = async (success, _) =>
                    {
                        Note("OnSuccess");
                        Surroundings.Change(success.Input);
                        await Task.Yield();
                    };
                })
            .Then(
                "B",
                number =>
                {
                    Note("Task");
                    Surroundings.Change(number);
                    return number;
                })
            .Build();

        var tracker = new StatusTracker
        {
            OnStatusChange = (_, _) =>
            {
                Note("OnStatusChange");
                Surroundings.Change(0);
                return default;
            },
        };
        await pipeline.RunAsync(Enumerable.Range(0, 200), new RunOptions { Tracker = tracker }).InTime();

        foreach (string place in new[] { "Task", "SkipIf", "OnSuccess", "OnStatusChange" })
            SeenBy(place).ShouldBe([there], $"in {place}");
        Surroundings.Now.ShouldBe(there);
    }

    [Test]
    public async Task Runs_at_once_keep_what_belongs_to_each()
    {
        Pipeline<int, string?> pipeline = PipelineBuilder.Stage<int, string?>("A", async _ =>
        {
            await Task.Yield();
            return Surroundings.Tenants.Value;
        }, 4).Build();

        PipelineReport<string?>[] reports = await Task.WhenAll(Enumerable.Range(0, 8).Select(async number =>
        {
            Surroundings.Tenants.Value = $"tenant {number}";
            return await pipeline.RunAsync(Enumerable.Range(0, 50));
        })).InTime();

        for (int i = 0; i < reports.Length; i++)
            reports[i].Results.ShouldAllBe(result => result.Value == $"tenant {i}");
    }

    [Test]
    public async Task A_worker_that_is_added_later_sees_it_too()
    {
        using Activity activity = Surroundings.Enter("de-DE", "tenant 7", "request");
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", async (number, token) =>
        {
            Note("Task");
            await gate.PassAsync(number, token);
            return number;
        }).Build().Start();
        await run.FeedAsync([1, 2]);
        await OnPoolAsync(() =>
        {
            run.SetWorkers("A", 2);
            return true;
        });
        await gate.WhenArrivedAsync(2);
        gate.OpenForAll();
        run.Complete();
        await run.Completion.InTime();

        SeenBy("Task").ShouldBe([Surroundings.Now with { Activity = null }]);
    }

    [Test]
    public async Task Serializers_of_checkpoints_see_it_too([Values] Way way)
    {
        using Activity activity = Surroundings.Enter("de-DE", "tenant 7", "request");
        Surroundings there = Surroundings.Now with { Activity = way is Way.Run or Way.Stream ? "request" : null };
        var store = new InMemoryCheckpointStore();
        Pipeline<string, string> pipeline = PipelineBuilder
            .Stage<string, string>("A", text => text)
            .IdentifyBy(text => text)
            .WithCheckpoints(store, new Noting(Note), new CheckpointOptions { PersistInput = true })
            .Build();

        await RunAsync(way, pipeline, () => ["an", "input"]).InTime();
        // Those of an earlier start are read back.
        await RunAsync(way, pipeline, () => ["an", "input"]).InTime();

        foreach (string place in new[] { "Serialize", "Deserialize", "Describe" })
            SeenBy(place).ShouldBe([there], $"in {place}");
    }

    [Test]
    public async Task Calls_of_an_executor_see_it_with_their_policies_and_sources()
    {
        await using var executor = new AsyncExecutor(2);
        using Activity activity = Surroundings.Enter("de-DE", "tenant 7", "request");
        Surroundings there = Surroundings.Now;
        RetryPolicy policy = NotingPolicy();
        Task<int> submitted = executor.Submit(() => Failing("Task"), new SubmitOptions { Retry = policy });
        IAsyncEnumerable<int> stream = executor.MapStreamAsync("an input".Split(' ').Where(NoteInput), _ => Failing("Task", often: false), new MapOptions { Retry = policy });
        using Activity other = Surroundings.Enter("fr-FR", "elsewhere", "other");

        await submitted.CatchAsync<TimeoutException>().InTime();
        await foreach (int _ in stream)
            Surroundings.Now.Tenant.ShouldBe("elsewhere");

        foreach (string place in new[] { "Task", "ShouldRetry", "DelayFor", "IsThrottle", "input" })
            SeenBy(place).ShouldBe([there], $"in {place}");
    }

    private static Task<T> OnPoolAsync<T>(Func<T> ask)
    {
        using (ExecutionContext.SuppressFlow())
            return Task.Run(ask);
    }

    private void Note(string place) => _seen.GetOrAdd(place, static _ => []).Add(Surroundings.Now);

    private bool NoteInput(string text)
    {
        Note("input");
        return true;
    }

    private Surroundings[] SeenBy(string place) => [.. _seen.GetOrAdd(place, static _ => []).Distinct()];

    private async Task<int> Failing(string place, bool often = true)
    {
        Note(place);
        await Task.Yield();
        Note(place);
        return often ? throw new TimeoutException() : 1;
    }

    private RetryPolicy NotingPolicy() => RetryPolicy.Fixed(2, TimeSpan.Zero) with
    {
        ShouldRetry = _ =>
        {
            Note("ShouldRetry");
            return true;
        },
        DelayFor = (_, _) =>
        {
            Note("DelayFor");
            return null;
        },
        IsThrottle = _ =>
        {
            Note("IsThrottle");
            return false;
        },
    };

    /// <summary>A pipeline that calls all kinds of user code: the first of two items fails, and the second is skipped.</summary>
    private Pipeline<string, string> BuildPipeline() => PipelineBuilder
        .Stage<string, string>(
            "A",
            async text =>
            {
                Note("Task");
                await Task.Yield();
                Note("after its await");
                return text;
            },
            2,
            s => s.OnSuccess = (_, _) =>
            {
                Note("OnSuccess");
                return default;
            })
        .Then(
            "B",
            text =>
            {
                Note("on a scheduler");
                return text == "an" ? throw new TimeoutException() : text;
            },
            1,
            s =>
            {
                s.Scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
                s.Retry = NotingPolicy();
                s.SkipIf = text =>
                {
                    Note("SkipIf");
                    return text != "an";
                };
                s.SkipTo = text =>
                {
                    Note("SkipTo");
                    return text;
                };
                s.OnFailure = (_, _) =>
                {
                    Note("OnFailure");
                    return default;
                };
            })
        .IdentifyBy(text =>
        {
            Note("IdentifyBy");
            return text;
        })
        .WithLogging(LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(new NotingLog(Note))))
        .Build();

    private RunOptions OptionsOf() => new()
    {
        RunId = "nightly",
        Display = new NotingDisplay(Note),
        Tracker = new StatusTracker
        {
            OnStatusChange = (_, _) =>
            {
                Note("OnStatusChange");
                return default;
            },
            OnTaskStart = (_, _) =>
            {
                Note("OnTaskStart");
                return default;
            },
        },
    };

    private async Task RunAsync(Way way, Pipeline<string, string> pipeline, Func<IEnumerable<string>> input)
    {
        switch (way)
        {
            case Way.Run:
                await pipeline.RunAsync(input(), OptionsOf());
                break;
            case Way.Stream:
                await foreach (PipelineResult<string> _ in pipeline.StreamAsync(input(), OptionsOf()))
                {
                }

                break;
            case Way.Start:
                await using (PipelineRun<string, string> run = pipeline.Start(OptionsOf()))
                {
                    await run.FeedAsync(input());
                    run.Complete();
                    await run.Completion;
                }

                break;
            default:
                PipelineBlock<string, string> block = pipeline.AsBlock(OptionsOf());
                block.LinkTo(DataflowBlock.NullTarget<PipelineResult<string>>());
                foreach (string text in input())
                    await block.SendAsync(text);
                block.Complete();
                await block.Completion;
                break;
        }
    }
}
