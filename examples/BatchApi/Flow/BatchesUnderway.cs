using System.Text.Json.Serialization;

namespace BatchApi;

/// <summary>The state of a batch, which is passed from stage to stage.</summary>
internal sealed record SentBatch(RequestBatch Batch, string FileId);

internal sealed record CreatedBatch(RequestBatch Batch, string BatchId);

internal sealed record EndedBatch(RequestBatch Batch, BatchState State);

internal sealed record AnsweredBatch(RequestBatch Batch, BatchState State, string? Answers, string? Errors = null);

internal sealed record SavedBatch(string Name, int Succeeded, int Failed);

/// <summary>The JSON form, in the checkpoints, of these types and of the id of a batch that was created once.</summary>
[JsonSerializable(typeof(RequestBatch))]
[JsonSerializable(typeof(CreatedBatch))]
[JsonSerializable(typeof(EndedBatch))]
[JsonSerializable(typeof(AnsweredBatch))]
[JsonSerializable(typeof(SavedBatch))]
[JsonSerializable(typeof(string))]
internal sealed partial class BatchJson : JsonSerializerContext;

/// <summary>The API accepted the batch and then refused it as a whole; sending it again would fail in the same way.</summary>
internal sealed class BatchFailedException(string status, string? errors)
    : Exception($"the batch ended as {status}: {errors ?? "no reason was given"}");
