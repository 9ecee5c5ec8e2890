using System.Text;
using Shouldly;

namespace AntFlow.Dataflow.Testing;

/// <summary>Creates rows for tests of stores, and checks whether they come back unchanged.</summary>
internal static class Rows
{
    /// <summary>Returns the key that the library would use.</summary>
    public static long Key(ICheckpointRun run, long number) => (run.Epoch << 32) | number;

    public static StoredItem Item(ICheckpointRun run, long number, string? id = null, int stage = 0) =>
        new() { Key = Key(run, number), Id = id ?? $"n:{number}", Sequence = number, StageIndex = stage, StoredAt = DateTimeOffset.UnixEpoch };

    public static StoredStep Step(StoredItem item, int stage, string value = "value") => Step(item.Key, stage, value);

    public static StoredStep Step(long item, int stage, string value = "value") =>
        new() { Item = item, StageIndex = stage, Value = Encoding.UTF8.GetBytes(value), FinishedAt = DateTimeOffset.UnixEpoch };

    public static StoredChunk Chunk(StoredItem item, int stage, int index, params byte[] data) => new() { Item = item.Key, StageIndex = stage, Index = index, Data = data };

    public static StoredOnce Once(StoredItem item, string stage, string key) =>
        new() { Item = item.Key, Stage = stage, Key = key, State = StoredOnceState.Begun, StoredAt = DateTimeOffset.UnixEpoch };

    /// <summary>Returns the given number of bytes, of all values, the same ones each time.</summary>
    public static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    public static string TextOf(StoredStep? step) => Encoding.UTF8.GetString(step.ShouldNotBeNull().Value.Span);

    /// <summary>Compares everything except <see cref="StoredItem.LastStep"/>.</summary>
    public static void ShouldBeStoredAs(this StoredItem? found, StoredItem written)
    {
        found.ShouldNotBeNull();
        found.Metadata.ToArray().ShouldBe(written.Metadata.ToArray());
        found.Error.ToArray().ShouldBe(written.Error.ToArray());
        (found with { Metadata = default, Error = default, LastStep = null }).ShouldBe(written with { Metadata = default, Error = default, LastStep = null });
    }

    public static void ShouldBeStoredAs(this StoredStep? found, StoredStep written)
    {
        found.ShouldNotBeNull();
        found.Value.ToArray().ShouldBe(written.Value.ToArray());
        (found with { Value = default }).ShouldBe(written with { Value = default });
    }

    public static void ShouldBeStoredAs(this StoredChunk? found, StoredChunk written)
    {
        found.ShouldNotBeNull();
        found.Data.Span.SequenceEqual(written.Data.Span).ShouldBeTrue();
        (found with { Data = default }).ShouldBe(written with { Data = default });
    }

    public static void ShouldBeStoredAs(this StoredOnce? found, StoredOnce written)
    {
        found.ShouldNotBeNull();
        found.Answer.ToArray().ShouldBe(written.Answer.ToArray());
        (found with { Answer = default }).ShouldBe(written with { Answer = default });
    }
}
