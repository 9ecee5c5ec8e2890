using AntFlow.Dataflow;
using AntFlow.Dataflow.Checkpoints;

namespace BatchApi;

/// <summary>Upload, Check, Download, Save: what each stage does to a batch, and how it takes refusals.</summary>
/// <param name="api">The API.</param>
/// <param name="store">Where answers go.</param>
/// <param name="record">What is counted and measured.</param>
/// <param name="checkpoints">Where the run is kept; null if it is not.</param>
/// <param name="poll">How long to wait between two looks at a batch.</param>
/// <param name="time">The time.</param>
/// <param name="keyRefused">Canceled when the API has refused the key: no other batch will fare better.</param>
internal sealed class BatchPipeline(
    BatchApiClient api, ResultStore store, RunRecord record, ICheckpointStore? checkpoints, TimeSpan poll, TimeProvider time, CancellationTokenSource keyRefused)
{
    public const int StageCount = 4;

    private const string Upload = "Upload";

    private const int Workers = 10;

    // Items that wait for their Retry-After leave their worker to others: a refusal is about one call, not about all.
    private const int InFlight = 30;

    /// <summary>Canceled when the API has refused the key.</summary>
    public CancellationToken KeyRefused => keyRefused.Token;

    public Pipeline<RequestBatch, SavedBatch> Build() => (checkpoints is null ? Stages() : Stages().WithCheckpoints(checkpoints, BatchJson.Default, new CheckpointOptions { ResumeFailed = true }))
        .Build();

    private PipelineBuilder<RequestBatch, SavedBatch> Stages() => PipelineBuilder
        .StageWithTasks<RequestBatch, CreatedBatch>(Upload, t => t
            // Two tasks, so that a refused second call does not send the file again.
            .Task("send", SendAsync)
            .TaskWithContext("create", CreateAsync), workers: Workers, s =>
        {
            s.MaxInFlight = InFlight;
            s.QueueCapacity = 20;
            s.Retry = Retries(attempts: 5);
            s.OnFailure = (failed, _) => SaveFailed(failed.Input, failed.Stage, failed.Error);
        })
        .ThenWithContext("Check", CheckAsync, workers: Workers, s =>
        {
            s.MaxInFlight = InFlight;
            // A batch may take a day, and is polled all that time: a few lost polls are no reason to give up what is paid for.
            s.Retry = Retries(attempts: 50);
            s.OnFailure = (failed, _) => SaveFailed(failed.Input.Batch, failed.Stage, failed.Error);
        })
        .ThenWithTasks("Download", t => t
            .Task("answers", DownloadAnswersAsync)
            .Task("errors", DownloadErrorsAsync), workers: Workers, s =>
        {
            s.MaxInFlight = InFlight;
            s.Retry = Retries(attempts: 5);
            s.OnFailure = (failed, _) => SaveFailed(failed.Input.Batch, failed.Stage, failed.Error);
        })
        // One worker: SQLite has one writer anyway.
        .Then("Save", SaveAsync, workers: 1, s => s.OnFailure = (failed, _) => SaveFailed(failed.Input.Batch, failed.Stage, failed.Error))
        .IdentifyBy(batch => batch.Name)
        .WithTimeProvider(time);

    private RetryPolicy Retries(int attempts) =>
        RetryPolicy.Exponential(attempts, delay: TimeSpan.FromSeconds(0.2), maxDelay: TimeSpan.FromSeconds(10)) with
        {
            ShouldRetry = Refusals.IsTransient,
            IsThrottle = Refusals.IsThrottle,
            DelayFor = (error, _) => Refusals.RetryAfter(error, time.GetUtcNow()),
        };

    private Task<SentBatch> SendAsync(RequestBatch batch, CancellationToken ct) => record.MeasureAsync(batch, 0, async () =>
        new SentBatch(batch, await api.UploadAsync($"{batch.Name}.jsonl", batch.Content, ct)));

    private Task<CreatedBatch> CreateAsync(SentBatch sent, StageContext context) => record.MeasureAsync(sent.Batch, 0, async () =>
    {
        // The answer may get lost, and the process may die before it comes. A second batch would be paid for a second time: so each has a key in its metadata, by which it is found again.
        string key = context.GetIdempotencyKey("batch");
        string id = await context.OnceAsync("batch", ct => api.CreateAsync(sent.FileId, sent.Batch.Name, key, ct), find: ct => api.FindByKeyAsync(key, ct));
        return new CreatedBatch(sent.Batch, id);
    });

    private Task<EndedBatch> CheckAsync(CreatedBatch created, StageContext context) => record.MeasureAsync(created.Batch, 1, async () =>
    {
        for (int look = 1; ; look++)
        {
            BatchState state = await api.GetAsync(created.BatchId, context.CancellationToken);
            if (state.Status == "failed")
                throw new BatchFailedException(state.Status, state.Errors);
            if (state.IsFinal)
                return new EndedBatch(created.Batch, state);
            context.SetStatus($"polling {look}: {state.Status} {state.Completed}/{state.Total}");
            await Task.Delay(poll, time, context.CancellationToken);
        }
    });

    private Task<AnsweredBatch> DownloadAnswersAsync(EndedBatch ended, CancellationToken ct) => record.MeasureAsync(ended.Batch, 2, async () =>
        new AnsweredBatch(ended.Batch, ended.State, ended.State.OutputFileId is { } id ? await api.DownloadAsync(id, ct) : null));

    private Task<AnsweredBatch> DownloadErrorsAsync(AnsweredBatch answered, CancellationToken ct) => record.MeasureAsync(answered.Batch, 2, async () =>
        answered with { Errors = answered.State.ErrorFileId is { } id ? await api.DownloadAsync(id, ct) : null });

    private Task<SavedBatch> SaveAsync(AnsweredBatch answered) => record.MeasureAsync(answered.Batch, 3, () =>
    {
        IReadOnlyList<ResultRow> rows = BatchOutput.Rows(answered.Batch, answered.State.Status, answered.Answers, answered.Errors);
        store.Save(rows);
        record.Saved(rows);
        int succeeded = rows.Count(row => row.IsSuccess);
        return Task.FromResult(new SavedBatch(answered.Batch.Name, succeeded, rows.Count - succeeded));
    });

    private ValueTask SaveFailed(RequestBatch batch, string stage, Exception error)
    {
        if (Refusals.IsKeyRefused(error))
            keyRefused.Cancel();
        // No row for what another key or another run may mend: it is done the next time. An API that cannot be reached, or a disk that is full, must not use up every request.
        bool isMendable = error is CheckpointException || (Refusals.IsTransient(error) && stage == Upload);
        if (Refusals.IsKeyRefused(error) || isMendable)
            return ValueTask.CompletedTask;
        IReadOnlyList<ResultRow> rows = ResultRow.AllFailed(batch, $"{stage.ToLowerInvariant()}_failed: {Refusals.InOneLine(error)}");
        store.Save(rows);
        record.Saved(rows);
        return ValueTask.CompletedTask;
    }
}
