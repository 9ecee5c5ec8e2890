using System.Text.Json.Nodes;

namespace BatchApi.Server;

/// <summary>Moves a batch through its states, at the times of its plan, and writes its files.</summary>
internal sealed class BatchLife(Seeded chance, double trouble, FileStore files, ServerLog log, TimeProvider time)
{
    public void Begin(Batch batch)
    {
        Say(batch, null, "validating", batch.Metadata);
        _ = RunAsync(batch);
    }

    /// <returns>Whether it could still be canceled.</returns>
    public async Task<bool> CancelAsync(Batch batch)
    {
        if (!Move(batch, "cancelling"))
            return false;
        await batch.Canceling.CancelAsync();
        return true;
    }

    private async Task RunAsync(Batch batch)
    {
        try
        {
            await FollowPlanAsync(batch, batch.Canceling.Token);
        }
        catch (OperationCanceledException)
        {
            await Task.Delay(batch.Plan.Validating, time);
            Deliver(batch, batch.Done(), ("batch_cancelled", "This request was not reached before the batch was cancelled."));
            Move(batch, "cancelled");
        }
    }

    private async Task FollowPlanAsync(Batch batch, CancellationToken canceled)
    {
        await Task.Delay(batch.Plan.Validating, time, canceled);
        if (Rejection(batch) is { Count: > 0 } errors)
        {
            batch.Reject(errors);
            Move(batch, "failed");
            return;
        }

        Move(batch, "in_progress");
        await Task.Delay(batch.Plan.InProgress, time, canceled);
        if (batch.Plan.End == BatchEnd.Expired)
        {
            Deliver(batch, batch.Reachable, ("batch_expired", "This request could not be executed before the completion window expired."));
            Move(batch, "expired");
            return;
        }

        Move(batch, "finalizing");
        await Task.Delay(batch.Plan.Finalizing, time, canceled);
        Deliver(batch, batch.Reachable, ("", ""));
        Move(batch, "completed");
    }

    private static IReadOnlyList<InputError> Rejection(Batch batch)
    {
        if (batch.Content.Errors.Count > 0)
            return batch.Content.Errors;
        return batch.Plan.End == BatchEnd.Failed
            ? [new InputError("server_error", "The server had an error while validating this batch. Please create it again.", null, null)]
            : [];
    }

    private void Deliver(Batch batch, int done, (string Code, string Text) unreached)
    {
        long now = time.GetUtcNow().ToUnixTimeSeconds();
        BatchOutput written = BatchOutput.Write(chance, trouble, batch.Id, batch.Content.Requests, done, unreached, now);
        string? output = written.Output.Length == 0 ? null : files.Add($"{batch.Id}_output.jsonl", "batch_output", written.Output).Id;
        string? errors = written.Errors.Length == 0 ? null : files.Add($"{batch.Id}_error.jsonl", "batch_output", written.Errors).Id;
        batch.Deliver(output, errors, written.Completed, written.Failed);
    }

    private bool Move(Batch batch, string status)
    {
        string? before = batch.MoveTo(status);
        if (before is not null)
            Say(batch, before, status);
        return before is not null;
    }

    private void Say(Batch batch, string? from, string to, JsonObject? metadata = null) => log.Write("batch", new JsonObject
    {
        ["batch"] = batch.Id,
        ["index"] = batch.Index,
        ["speed"] = batch.Plan.IsSlow ? "slow" : "normal",
        ["requests"] = batch.Content.Requests.Count,
        ["from"] = from,
        ["to"] = to,
        ["metadata"] = metadata?.DeepClone(),
    });
}
