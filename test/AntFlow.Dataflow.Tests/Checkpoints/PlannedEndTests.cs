using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Which ends of a process are planned, and what the stores are told of them.</summary>
public sealed class PlannedEndTests
{
    private readonly SteppedTime _time = new();
    private readonly InMemoryCheckpointStore _store = new();
    private readonly PlannedEnds _ends;

    public PlannedEndTests() => _ends = new PlannedEnds(_time);

    private async Task<InMemoryCheckpointRun> OpenAsync(string runId = "nightly")
    {
        var run = (InMemoryCheckpointRun)await _store.OpenRunAsync(runId);
        await run.MarkStartedAsync(0, 0, "s:x");
        _ends.Add(run);
        return run;
    }

    /// <summary>The process ends now, whatever it is that ends it. Says whether that counts as a crash.</summary>
    private async Task<bool> IsCrashAsync(InMemoryCheckpointRun run, string runId = "nightly")
    {
        run.SimulateCrash();
        await using ICheckpointRun next = await _store.OpenRunAsync(runId);
        (next.Interrupted.Count + next.InterruptedAsPlanned.Count).ShouldBe(1);
        return next.Interrupted.Count == 1;
    }

    [Test]
    public async Task Without_a_word_it_is_a_crash() => (await IsCrashAsync(await OpenAsync())).ShouldBeTrue();

    [Test]
    public async Task After_a_signal_it_is_planned_for_two_minutes()
    {
        InMemoryCheckpointRun run = await OpenAsync();
        _ends.OnSignal();
        _time.Advance(TimeSpan.FromSeconds(119));

        (await IsCrashAsync(run)).ShouldBeFalse();
    }

    [Test]
    public async Task A_process_that_goes_on_for_more_than_two_minutes_after_a_signal_and_is_killed_has_crashed()
    {
        InMemoryCheckpointRun run = await OpenAsync();
        _ends.OnSignal();
        _time.Advance(TimeSpan.FromSeconds(121));

        (await IsCrashAsync(run)).ShouldBeTrue();
        _time.PendingTimerCount.ShouldBe(0);
    }

    [Test]
    public async Task Each_signal_begins_the_two_minutes_anew()
    {
        InMemoryCheckpointRun first = await OpenAsync("first"), second = await OpenAsync("second");
        _ends.OnSignal();
        _time.Advance(TimeSpan.FromSeconds(100));
        _ends.OnSignal();
        _time.Advance(TimeSpan.FromSeconds(100));
        (await IsCrashAsync(first, "first")).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(21));

        (await IsCrashAsync(second, "second")).ShouldBeTrue();
    }

    [TestCase(0, false)]
    [TestCase(1, true)]
    [TestCase(143, true)]
    public async Task The_exit_code_counts_also_after_a_signal(int code, bool isCrash)
    {
        InMemoryCheckpointRun first = await OpenAsync("first"), second = await OpenAsync("second");
        _ends.OnExit(code);
        (await IsCrashAsync(first, "first")).ShouldBe(isCrash);
        _ends.OnSignal();
        _ends.OnExit(code);

        (await IsCrashAsync(second, "second")).ShouldBe(isCrash);
    }

    [Test]
    public async Task An_unhandled_exception_is_a_crash_whatever_comes_before_or_after_it()
    {
        InMemoryCheckpointRun run = await OpenAsync();
        _ends.OnSignal();
        _ends.OnUnhandledException();
        _ends.OnSignal();
        _ends.OnExit(0);

        (await IsCrashAsync(run)).ShouldBeTrue();
    }

    [Test]
    public async Task All_open_runs_are_told_and_one_that_is_opened_later_too()
    {
        InMemoryCheckpointRun first = await OpenAsync("first"), second = await OpenAsync("second");
        _ends.OnSignal();
        InMemoryCheckpointRun later = await OpenAsync("later");
        (await IsCrashAsync(first, "first")).ShouldBeFalse();
        (await IsCrashAsync(second, "second")).ShouldBeFalse();
        (await IsCrashAsync(later, "later")).ShouldBeFalse();
        _time.Advance(TimeSpan.FromMinutes(3));

        (await IsCrashAsync(await OpenAsync("last"), "last")).ShouldBeTrue();
    }

    [Test]
    public async Task A_run_that_was_given_up_is_told_nothing()
    {
        var run = new MarkedRun();
        _ends.Add(run);
        _ends.Remove(run);
        _ends.OnSignal();

        run.Marks.ShouldBeEmpty();
        (await IsCrashAsync(await OpenAsync())).ShouldBeFalse();
    }

    [Test]
    public async Task A_store_that_hangs_or_throws_keeps_neither_the_process_nor_others_from_ending()
    {
        MarkedRun hangs = new() { Answer = _ => new TaskCompletionSource().Task }, blocks = new() { IsBlocked = true }, throws = new() { Answer = _ => throw new IOException("gone") }, works = new();
        foreach (MarkedRun run in new[] { hangs, throws, works, blocks })
            _ends.Add(run);

        await Task.Run(_ends.OnSignal).InTime();

        works.Marks.ShouldBe([true]);
        blocks.Release();
    }

    [Test]
    public async Task What_could_not_be_taken_back_is_taken_back_later()
    {
        int calls = 0;
        var run = new MarkedRun { Answer = isPlanned => isPlanned || ++calls > 2 ? Task.CompletedTask : Task.FromException(new IOException("full")) };
        _ends.Add(run);
        _ends.OnSignal();
        await _time.StepAsync(120);
        run.Marks.ShouldBe([true, false]);
        await _time.StepAsync(5);
        run.Marks.ShouldBe([true, false, false]);
        await _time.StepAsync(5);

        await Waiting.UntilAsync(() => run.Marks.Count == 4);
        run.Marks.ShouldBe([true, false, false, false]);
        await Waiting.UntilAsync(() => _time.PendingTimerCount == 0);
    }

    [Test]
    public async Task The_last_word_wins_however_slow_the_store_is()
    {
        var first = new TaskCompletionSource();
        var run = new MarkedRun { Answer = isPlanned => isPlanned ? first.Task : Task.CompletedTask };
        _ends.Add(run);
        Task signal = Task.Run(_ends.OnSignal);
        await Waiting.UntilAsync(() => run.Marks.Count == 1);
        Task crash = Task.Run(_ends.OnUnhandledException);
        await Waiting.UntilAsync(() => signal.IsCompleted || !crash.IsCompleted);
        first.SetResult();
        await Task.WhenAll(signal, crash).InTime();

        await Waiting.UntilAsync(() => run.Marks.Count == 2);
        run.Marks.ShouldBe([true, false]);
    }

    [Test]
    public async Task It_watches_from_the_first_run_on_and_once()
    {
        int watching = 0;
        var ends = new PlannedEnds(_time, _ => watching++);
        watching.ShouldBe(0);
        await using ICheckpointRun first = await _store.OpenRunAsync("first"), second = await _store.OpenRunAsync("second");
        ends.Add(first);
        ends.Add(second);
        ends.Remove(first);
        ends.Add(first);

        watching.ShouldBe(1);
    }

    /// <summary>A run of which only the marks of its end matter.</summary>
    private sealed class MarkedRun : ICheckpointRun
    {
        private readonly Lock _lock = new();
        private readonly List<bool> _marks = [];
        private readonly ManualResetEventSlim _released = new();

        public Func<bool, Task> Answer { get; init; } = _ => Task.CompletedTask;

        public bool IsBlocked { get; init; }

        public IReadOnlyList<bool> Marks
        {
            get
            {
                lock (_lock)
                    return [.. _marks];
            }
        }

        public long Epoch => 1;

        public string? Description => null;

        public long StoredItems => 0;

        public IReadOnlyList<StartMark> Interrupted => [];

        public IReadOnlyList<StartMark> InterruptedAsPlanned => [];

        public CancellationToken Lost => default;

        public void Release() => _released.Set();

        public async ValueTask MarkPlannedEndAsync(bool isPlanned, CancellationToken cancellationToken = default)
        {
            lock (_lock)
                _marks.Add(isPlanned);
            if (IsBlocked)
                _released.Wait(CancellationToken.None);
            await Answer(isPlanned);
        }

        public bool IsOwned => true;

        public ValueTask WaitUntilOwnedAsync(CancellationToken cancellationToken = default) => default;

        public void ReportTroubleTo(Action<Exception?> report)
        {
        }

        public ValueTask WriteAsync(CheckpointBatch batch, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask<StoredItem?> FindItemAsync(string id, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public IAsyncEnumerable<StoredItem> ReadItemsAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask<StoredStep?> FindStepAsync(long item, int stage, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<StoredChunk>> ReadChunksAsync(long item, int stage, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask<IReadOnlyList<StoredOnce>> ReadOncesAsync(long item, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask MarkStartedAsync(int slot, int stage, string id) => throw new NotSupportedException();

        public void MarkEnded(int slot) => throw new NotSupportedException();

        public ValueTask ForgetInterruptedAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    [Test]
    public async Task A_run_that_is_added_while_the_decision_changes_has_the_last_one()
    {
        var ends = new PlannedEnds(_time, watch: ends => ends.OnExit(1));
        var run = (InMemoryCheckpointRun)await _store.OpenRunAsync("nightly");
        await run.MarkStartedAsync(0, 0, "s:x");
        ends.OnSignal();

        ends.Add(run);

        (await IsCrashAsync(run)).ShouldBeTrue();
    }
}
