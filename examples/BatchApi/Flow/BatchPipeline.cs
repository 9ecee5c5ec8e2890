using AntFlow.Dataflow;
using AntFlow.Dataflow.Checkpoints;

namespace BatchApi;

/// <summary>Upload, Check, Download, Save: what each stage does with a batch, and how it handles refusals.</summary>
/// <param name="api">The API.</param>
/// <param name="store">Receives the answers.</param>
/// <param name="record">Receives counts and durations.</param>
/// <param name="checkpoints">The checkpoints of the run; null for a run without checkpoints.</param>
/// <param name="poll">The time between two polls of a batch.</param>
/// <param name="time">The clock.</param>
/// <param name="keyRefused">Canceled when the API has refused the key: no other batch can succeed.</param>
internal sealed class BatchPipeline(
    BatchApiClient api, ResultStore store, RunRecord record, ICheckpointStore? checkpoints, TimeSpan poll, TimeProvider time, CancellationTokenSource keyRefused)
{
    public const int StageCount = 4;

    private const string Upload = "Upload";

    private const int Workers = 10;

    // Items that wait for their Retry-After release their worker: a refusal concerns one call, not all calls.
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
            // A batch may take a day, and is polled all that time: a few failed polls must not discard work that is paid for.
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
        // One worker, because SQLite has one writer.
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
        // The answer may be lost, or the process may crash before it arrives. A second batch would be paid for twice, so each batch has a key in its metadata, by which find looks it up.
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
        // No row for an error that another key or another run may fix: the request is sent again the next time. An unreachable API, or a full disk, must not fail every request.
        bool isMendable = error is CheckpointException || (Refusals.IsTransient(error) && stage == Upload);
        if (Refusals.IsKeyRefused(error) || isMendable)
            return ValueTask.CompletedTask;
        IReadOnlyList<ResultRow> rows = ResultRow.AllFailed(batch, $"{stage.ToLowerInvariant()}_failed: {Refusals.InOneLine(error)}");
        store.Save(rows);
        record.Saved(rows);
        return ValueTask.CompletedTask;
    }
}
