using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Scenarios;

/// <summary>The samples of the API document, as written.</summary>
public sealed partial class ApiSamples
{
    [Test]
    public async Task Fluent()
    {
        Pipeline<Batch, Receipt> pipeline = PipelineBuilder
            .Stage<Batch, string>("Upload", UploadAsync, workers: 10)
            .ThenWithContext("Check", CheckAsync, workers: 10)
            .Then("Download", DownloadAsync, workers: 10, s =>
            {
                s.Retry = RetryPolicy.Exponential(attempts: 5, delay: TimeSpan.FromSeconds(1), maxDelay: TimeSpan.FromMinutes(1));
                s.AttemptTimeout = TimeSpan.FromMinutes(5);
                s.QueueCapacity = 100;
            })
            .Then("Save", SaveAsync, workers: 5)
            .Build();

        IReadOnlyList<Batch> batches = [new Batch("a"), new Batch("b")];
        PipelineReport<Receipt> report = await pipeline.RunAsync(batches, cancellationToken: CancellationToken.None);

        report.Results.Select(r => r.Value!.Text).ShouldBe(["a uploaded checked downloaded", "b uploaded checked downloaded"]);
        pipeline.Stages.Select(s => s.Name).ShouldBe(["Upload", "Check", "Download", "Save"]);
        pipeline.WorkerNames["Save"].Count.ShouldBe(5);
    }

    [Test]
    public async Task A_stage_with_several_tasks()
    {
        var enrich = PipelineBuilder
            .StageWithTasks<Order, Order>("Enrich", t => t
                .Task("validate", Validate)
                .Task("fetch", FetchAsync, maxConcurrency: 2)
                .Task("save", SaveOrderAsync), workers: 50, s => s.RetryScope = RetryScope.Stage)
            .Build();

        PipelineReport<Order> report = await enrich.RunAsync([new Order(1)]);

        report.Results[0].Value.ShouldBe(new Order(111));
    }

    [Test]
    public async Task Stage_objects()
    {
        Stage<string, Page> fetch = Stage.Create<string, Page>("Fetch", FetchPageAsync, workers: 10);
        Stage<Page, Doc> parse = Stage.Create<Page, Doc>("Parse", Parse, workers: 2);
        Pipeline<string, Doc> crawl = PipelineBuilder.Stage(fetch).Then(parse).Build();

        (await crawl.RunAsync(["u"])).Results[0].Value.ShouldBe(new Doc("<u>"));
    }

    [Test]
    public async Task One_line()
    {
        PipelineReport<int> quick = await Pipeline.RunAsync(Enumerable.Range(0, 100), ProcessAsync, workers: 5);

        quick.Results.Select(r => r.Value).ShouldBe(Enumerable.Range(1, 100));
    }

    [Test]
    public async Task Running_to_the_end()
    {
        Pipeline<Batch, Receipt> pipeline = PipelineBuilder.Stage<Batch, Receipt>("Save", (Batch b) => b.Name == "bad" ? throw new ArgumentException("no") : new Receipt(b.Name)).Build();
        Batch[] batches = [new("good"), new("bad")];
        CancellationToken ct = default;
        List<string> lines = [];
        void WriteLine(string line) => lines.Add(line);

        PipelineReport<Receipt> report = await pipeline.RunAsync(batches, cancellationToken: ct);
        foreach (PipelineResult<Receipt> r in report.Results)
            WriteLine(r.IsSuccess ? $"{r.ItemId}: {r.Value}" : $"{r.ItemId}: {r.Error.Message} in {r.Stage} after {r.Attempts} attempts");

        lines.ShouldBe(["#0: Receipt { Text = good }", "#1: no in Save after 1 attempts"]);
        report.Errors.ToString().ShouldContain("ArgumentException");
        Should.Throw<PipelineFailedException>(() => report.ThrowIfFailed()).Report.ShouldBeSameAs(report);
        int read = 0;
        await foreach (PipelineResult<Receipt> r in pipeline.StreamAsync(batches, cancellationToken: ct))
            read++;
        read.ShouldBe(2);
    }

    [Test]
    public async Task A_run_that_is_fed()
    {
        Stage<string, Page> fetch = Stage.Create<string, Page>("Fetch", FetchPageAsync, workers: 10);
        Stage<Page, Doc> parse = Stage.Create<Page, Doc>("Parse", Parse, workers: 2);
        Pipeline<string, Doc> crawl = PipelineBuilder.Stage(fetch).Then(parse).Build();
        string[] urls = ["a", "b", "c"], urgent = ["!"];
        const string url = "x";
        IAsyncEnumerable<string> urlsAsync = Later(["d", "e"]);
        Page[] recoveredPages = [new("p"), new("q")];

        await using PipelineRun<string, Doc> run = crawl.Start();
        long accepted = await run.FeedAsync(urls);
        await run.FeedAsync(urgent, priority: ItemPriority.High);
        await run.FeedAsync(urlsAsync);
        await run.FeedAsync([new WorkItem<string>(url) { Id = "home", Priority = 5, Metadata = { ["tenant"] = "a" } }]);
        await run.FeedAsync(parse, recoveredPages);
        await run.FeedAsync<Page>("Parse", recoveredPages);
        await run.FeedOneAsync(url);
        bool taken = run.TryFeedOne(url);
        run.Pause();
        run.Resume();
        run.SetWorkers("Fetch", 20);
        run.Pause("Fetch");
        run.Resume("Fetch");
        PipelineSnapshot now = run.GetSnapshot();
        run.Complete();
        PipelineReport<Doc> done = await run.Completion;
        PipelineReport<Doc> all = await run.StopAsync(gracePeriod: TimeSpan.FromSeconds(30));

        accepted.ShouldBe(3);
        taken.ShouldBeTrue();
        now.Fed.ShouldBe(13);
        now.Stages[0].Workers.ShouldBe(20);
        done.SucceededCount.ShouldBe(13);
        all.ShouldBeSameAs(done);
        PipelineResult<Doc> home = done.Results.Single(r => r.ItemId == "home");
        home.Metadata["tenant"].ShouldBe("a");
        home.Value.ShouldBe(new Doc("<x>"));
        done.Results.Count(r => r.Value == new Doc("p")).ShouldBe(2);
    }

    [Test]
    public async Task Reading_instead_of_collecting()
    {
        Pipeline<string, Doc> crawl = PipelineBuilder.Stage<string, Page>("Fetch", FetchPageAsync).Then("Parse", Parse).Build();
        await using PipelineRun<string, Doc> run = crawl.Start();
        CancellationToken ct = default;
        List<string> read = [];
        await run.FeedAsync(["a", "b"]);

        await foreach (PipelineResult<Doc> r in run.ReadResultsAsync(ct))
        {
            read.Add(r.Value!.Text);
            if (read.Count == 2)
                run.Complete();
        }

        read.ShouldBe(["<a>", "<b>"]);
        (await run.Completion).Results.ShouldBeEmpty();
    }

    [Test]
    public async Task Tracking()
    {
        List<string> lines = [], alerts = [];
        using var loggerFactory = new NullLoggerFactory();
        var tracker = new StatusTracker(new StatusTrackerOptions { MaxItems = 100_000, MaxEventsPerItem = 50 })
        {
            OnStatusChange = (e, ct) =>
            {
                lines.Add($"{e.ItemId} {e.Status} @ {e.Stage} by {e.Worker}");
                return ValueTask.CompletedTask;
            },
            OnTaskRetry = async (e, ct) =>
            {
                await Task.Yield();
                alerts.Add($"{e.Task} attempt {e.Attempt}: {e.Error}");
            },
        };
        var p = PipelineBuilder.Stage<int, int>("Double", x => x * 2, workers: 4).WithTracker(tracker).WithLogging(loggerFactory).Build();
        await p.RunAsync([new WorkItem<int>(1) { Id = "home" }]);
        StatusEvent? last = tracker.GetStatus("home");
        IReadOnlyList<StatusEvent> history = tracker.GetHistory("home");
        IReadOnlyList<StatusEvent> failed = tracker.GetByStatus(ItemStatus.Failed);
        StatusCounts counts = tracker.GetCounts();
        ErrorSummary errors = tracker.GetErrorSummary();

        last!.Status.ShouldBe(ItemStatus.Completed);
        history.Select(e => e.Status).ShouldBe([ItemStatus.Queued, ItemStatus.InProgress, ItemStatus.Completed]);
        failed.ShouldBeEmpty();
        counts.Completed.ShouldBe(1);
        errors.ToString().ShouldBe("No errors");
        lines.ShouldBe(["home Queued @ Double by ", "home InProgress @ Double by Double-W0", "home Completed @ Double by Double-W0"]);
        alerts.ShouldBeEmpty();
    }
}
