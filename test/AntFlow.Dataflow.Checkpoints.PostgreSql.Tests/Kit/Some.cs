using System.Text;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Kit;

/// <summary>Things to store.</summary>
internal static class Some
{
    public static StoredItem Item(ICheckpointRun run, uint number, string? id = null, int stage = 1) =>
        new() { Key = (run.Epoch << 32) | number, Id = id ?? $"n:{number}", Sequence = number, StageIndex = stage, Checksum = uint.MaxValue - number };

    public static StoredStep Step(StoredItem item, int? stage = null, string value = "value") =>
        new() { Item = item.Key, StageIndex = stage ?? item.StageIndex - 1, Value = Encoding.UTF8.GetBytes(value), Attempts = 1, IsNotified = true, Checksum = 7 };

    /// <summary>So many items that have passed their first stage, with what it ended with.</summary>
    public static CheckpointBatch Batch(ICheckpointRun run, uint first, int count)
    {
        StoredItem[] items = [.. Enumerable.Range(0, count).Select(i => Item(run, first + (uint)i))];
        return new CheckpointBatch { Items = items, Steps = [.. items.Select(item => Step(item))] };
    }
}
