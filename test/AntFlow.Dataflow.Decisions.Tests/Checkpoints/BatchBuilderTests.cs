using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Checkpoints;

internal sealed class BatchBuilderTests
{
    private readonly BatchBuilder _builder = new();

    [Test]
    public void All_rows_of_a_write_are_in_one_batch()
    {
        ItemRecord[] records = [Record(1), Record(2), Record(3)];

        _builder.Add(Write(records[0], stage: 1, (records[1], 2), (records[2], 3)));
        (CheckpointBatch batch, List<PendingWrite> writes) = _builder.Build();

        batch.Items.Select(Describe).ShouldBe(["1 at 1", "2 at 2", "3 at 3"]);
        writes.Count.ShouldBe(1);
        _builder.IsEmpty.ShouldBeTrue();
        _builder.Build().Batch.Items.ShouldBeEmpty();
    }

    [Test]
    public void A_batch_that_is_as_good_as_full_takes_all_rows_of_the_next_write()
    {
        int most = 0;
        for (var other = new BatchBuilder(); !other.IsFull; most++)
            other.Add(Write(Record(most), stage: 1));
        for (int i = 1; i < most; i++)
            _builder.Add(Write(Record(i), stage: 1));
        _builder.IsFull.ShouldBeFalse();

        _builder.Add(Write(Record(10_000), stage: 1, (Record(10_001), 2), (Record(10_002), 3)));

        _builder.IsFull.ShouldBeTrue();
        _builder.Build().Batch.Items.Count.ShouldBe(most + 2);
    }

    [Test]
    public void The_latest_row_of_a_key_counts_wherever_it_stands_in_a_write()
    {
        (ItemRecord parent, ItemRecord first, ItemRecord second) = (Record(1), Record(2), Record(3));

        _builder.Add(Write(first, stage: 5, (parent, 1)));
        _builder.Add(Write(second, stage: 5, (parent, 2)));
        _builder.Add(Write(first, stage: 6));
        _builder.Add(Write(parent, stage: 3, (second, 7), (second, 8)));

        _builder.Build().Batch.Items.Select(Describe).ShouldBe(["2 at 6", "1 at 3", "3 at 8"]);
    }

    [Test]
    public void A_spare_row_is_not_needed_where_a_write_before_has_one_among_its_further_rows()
    {
        (ItemRecord parent, ItemRecord child) = (Record(1), Record(2));
        var spare = new NoteWrite { Record = parent, Spare = Row(parent, stage: 0) };

        _builder.Add(Write(child, stage: 5, (parent, 4)));
        _builder.Add(spare);

        _builder.Build().Batch.Items.Select(Describe).ShouldBe(["2 at 5", "1 at 4"]);
    }

    [Test]
    public void Each_row_counts_for_the_size_of_a_batch()
    {
        ItemRecord record = Record(1);
        StoredItem large = Row(Record(2), stage: 1) with { Error = new byte[1 << 20] };
        PendingWrite one = Write(record, stage: 1);
        PendingWrite several = new NoteWrite { Record = record, Item = Row(record, stage: 1), Rest = [(Record(2), large), (Record(3), large)] };

        several.Bytes.ShouldBe((3 * one.Bytes) + (2 << 20));
        _builder.Add(several);
        _builder.IsFull.ShouldBeFalse();
        _builder.Add(several);
        _builder.IsFull.ShouldBeTrue();
    }

    [Test]
    public void Whoever_has_a_row_in_a_write_is_known_to_be_stored_when_it_is_durable()
    {
        ItemRecord[] records = [Record(1), Record(2), Record(3)];
        PendingWrite durable = Write(records[0], stage: 1, (records[1], 1), (records[2], 1));
        ItemRecord lost = Record(4);
        PendingWrite failed = Write(Record(5), stage: 1, (lost, 1));
        long unsaved = 0;

        durable.Complete();
        failed.Fail(new IOException(), ref unsaved);

        records.ShouldAllBe(record => record.IsStored);
        lost.IsStored.ShouldBeFalse();
    }

    private static string Describe(StoredItem item) => $"{item.Key} at {item.StageIndex}";

    private static ItemRecord Record(long key) => new() { Key = key, StoredId = $"n:{key}" };

    private static StoredItem Row(ItemRecord record, int stage) => new() { Key = record.Key, Id = record.StoredId, StageIndex = stage };

    private static NoteWrite Write(ItemRecord record, int stage, params (ItemRecord Record, int Stage)[] rest) =>
        new() { Record = record, Item = Row(record, stage), Rest = [.. rest.Select(row => (row.Record, Row(row.Record, row.Stage)))] };
}
