using System.Text.Json.Serialization;

namespace BatchApi;

/// <summary>How far a batch has come: what goes from stage to stage.</summary>
internal sealed record SentBatch(RequestBatch Batch, string FileId);

internal sealed record CreatedBatch(RequestBatch Batch, string BatchId);

internal sealed record EndedBatch(RequestBatch Batch, BatchState State);

internal sealed record AnsweredBatch(RequestBatch Batch, BatchState State, string? Answers, string? Errors = null);

internal sealed record SavedBatch(string Name, int Succeeded, int Failed);

/// <summary>How all of that, and the id of a batch that was created once, looks in the checkpoints.</summary>
[JsonSerializable(typeof(RequestBatch))]
[JsonSerializable(typeof(CreatedBatch))]
[JsonSerializable(typeof(EndedBatch))]
[JsonSerializable(typeof(AnsweredBatch))]
[JsonSerializable(typeof(SavedBatch))]
[JsonSerializable(typeof(string))]
internal sealed partial class BatchJson : JsonSerializerContext;

/// <summary>The API took the batch and then refused it as a whole; sending it again would end the same way.</summary>
internal sealed class BatchFailedException(string status, string? errors)
    : Exception($"the batch ended as {status}: {errors ?? "no reason was given"}");
