using System.Text.Json.Nodes;

namespace BatchApi.Server;

/// <summary>One batch: its state, the times of its state changes, and its JSON. <see cref="BatchLife"/> changes the state.</summary>
internal sealed class Batch(
    string id, int index, BatchPlan plan, StoredFile input, BatchInput content, string endpoint, JsonObject? metadata, TimeProvider time)
{
    private static readonly string[] _final = ["completed", "failed", "expired", "cancelled"];
    private static readonly string[] _moments =
        ["in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled"];

    // Guards all mutable fields; only the clock is called under it.
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _reachedAt = [];
    private readonly long _createdAt = time.GetUtcNow().ToUnixTimeSeconds();
    private IReadOnlyList<InputError> _errors = [];
    private string? _outputFileId;
    private string? _errorFileId;
    private long _startedWork;
    private (int Completed, int Failed)? _counts;

    public string Id => id;

    /// <summary>The number of batches created before this one.</summary>
    public int Index => index;

    /// <summary>The metadata of the create call; never changed.</summary>
    public JsonObject? Metadata => metadata;

    public BatchPlan Plan => plan;
    public BatchInput Content => content;

    public string Status { get; private set; } = "validating";

    /// <summary>Ends the plan; the batch then moves to <c>cancelled</c>.</summary>
    public CancellationTokenSource Canceling { get; } = new();

    /// <summary>The number of requests that the plan reaches by its end.</summary>
    public int Reachable => plan.End == BatchEnd.Expired ? (int)(content.Requests.Count * plan.DoneShare) : content.Requests.Count;

    /// <returns>The previous status, or null if it was final, or if the batch was being canceled.</returns>
    public string? MoveTo(string status)
    {
        lock (_lock)
        {
            string before = Status;
            if (_final.Contains(before) || (before == "cancelling" && status != "cancelled"))
                return null;
            Status = status;
            _reachedAt[status] = time.GetUtcNow().ToUnixTimeSeconds();
            if (status == "in_progress")
                _startedWork = time.GetTimestamp();
            return before;
        }
    }

    public void Reject(IReadOnlyList<InputError> errors)
    {
        lock (_lock)
            _errors = errors;
    }

    public void Deliver(string? outputFileId, string? errorFileId, int completed, int failed)
    {
        lock (_lock)
            (_outputFileId, _errorFileId, _counts) = (outputFileId, errorFileId, (completed, failed));
    }

    /// <summary>The number of requests reached so far.</summary>
    public int Done()
    {
        using (Lock.Scope held = _lock.EnterScope())
            return Done(held);
    }

    public JsonObject ToJson()
    {
        using (Lock.Scope held = _lock.EnterScope())
        {
            int total = Status is "validating" || _errors.Count > 0 ? 0 : content.Requests.Count;
            var json = new JsonObject
            {
                ["id"] = id,
                ["object"] = "batch",
                ["endpoint"] = endpoint,
                ["errors"] = _errors.Count == 0 ? null : Errors(held),
                ["input_file_id"] = input.Id,
                ["completion_window"] = "24h",
                ["status"] = Status,
                ["output_file_id"] = _outputFileId,
                ["error_file_id"] = _errorFileId,
                ["created_at"] = _createdAt,
                ["expires_at"] = _createdAt + 86_400,
                ["request_counts"] = new JsonObject
                {
                    ["total"] = total,
                    ["completed"] = _counts?.Completed ?? Done(held),
                    ["failed"] = _counts?.Failed ?? 0,
                },
                ["metadata"] = metadata?.DeepClone(),
            };
            foreach (string moment in _moments)
                json[moment + "_at"] = _reachedAt.TryGetValue(moment, out long at) ? at : null;
            return json;
        }
    }

    private int Done(in Lock.Scope held)
    {
        if (_startedWork == 0)
            return 0;
        double share = plan.InProgress > TimeSpan.Zero ? time.GetElapsedTime(_startedWork) / plan.InProgress : 1;
        return (int)(Reachable * Math.Clamp(share, 0, 1));
    }

    private JsonObject Errors(in Lock.Scope held)
    {
        var data = new JsonArray();
        foreach (InputError error in _errors)
            data.Add(new JsonObject { ["code"] = error.Code, ["message"] = error.Message, ["param"] = error.Param, ["line"] = error.Line });
        return new JsonObject { ["object"] = "list", ["data"] = data };
    }
}
