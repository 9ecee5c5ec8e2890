using System.Collections.Concurrent;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Watches a run as one of several observers, misbehaves as the plan says, and checks what it is told: one call at a time for an item, what it asks for and nothing else,
/// one end for each item, and times that add up.</summary>
internal sealed class ObserverCheck(Plan plan, ObserverInterests interests, CallerCheck caller, Coverage coverage, Action<string> violated) : PipelineObserver
{
    private readonly ConcurrentDictionary<long, bool> _ended = [];
    private long _accepted;
    private int _starts;
    private int _ends;
    private int _calls;

    public override ObserverInterests Interests => interests;

    // Now and then, so that workers and feeders wait.
    public override bool IsFull => interests != ObserverInterests.None && plan.FaultPercent > 0 && (Volatile.Read(ref _calls) & 31) == 7;

    public override void OnRunStarted(ObservedRun run)
    {
        caller.Begin(nameof(OnRunStarted));
        if (Interlocked.Increment(ref _starts) != 1 || !run.Stages.SequenceEqual(plan.Stages.Select(stage => stage.Name)))
            violated("An observer was started twice, or of other stages.");
    }

    public override void OnAccepted(in ItemObservation item)
    {
        Interlocked.Increment(ref _accepted);
        Note note = Enter(item.Sequence, ref item.State, nameof(OnAccepted), ObserverInterests.Acceptance, mayBegin: true);
        note.AcceptedAt = item.ClockTimestamp;
        if (item.Status != ItemStatus.Queued || item.Attempt != 0 || item.Times.Total != TimeSpan.Zero)
            violated($"{item.ItemId} was accepted {item.Status} after {item.Attempt} attempts.");
        Exit(note);
    }

    public override void OnStatus(in ItemObservation item)
    {
        Note note = Enter(item.Sequence, ref item.State, nameof(OnStatus), ObserverInterests.Statuses, mayBegin: !interests.HasFlag(ObserverInterests.Acceptance));
        CheckTimes(item, note);
        Exit(note);
    }

    public override void OnTask(in TaskObservation call)
    {
        Note note = Enter(call.Sequence, ref call.State, nameof(OnTask), ObserverInterests.Tasks, mayBegin: !interests.HasFlag(ObserverInterests.Acceptance));
        if (call.Kind == TaskEventKind.Start == note.IsCalled)
            violated($"A call of {call.ToString()} begins in another, or ends without a begin.");
        note.IsCalled = call.Kind == TaskEventKind.Start;
        Exit(note);
    }

    public override void OnEnded(in ItemObservation item)
    {
        Note note = Enter(item.Sequence, ref item.State, nameof(OnEnded), ObserverInterests.Ends, mayBegin: !interests.HasFlag(ObserverInterests.Acceptance));
        CheckTimes(item, note);
        if (!item.IsEnd || !_ended.TryAdd(item.Sequence, true))
            violated($"{item.ToString()} is no end, or the second one.");
        // What is canceled may still be called, and what is looked at is called from the first look on.
        if (interests.HasFlag(ObserverInterests.Tasks) && note.IsCalled && item.Status is ItemStatus.Completed or ItemStatus.Filtered or ItemStatus.Failed)
            violated($"{item.ToString()} has ended in a call.");
        note.HasEnded = true;
        Exit(note);
    }

    public override async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        coverage.See("Observer.is full");
        await Task.Yield();
        Interlocked.Increment(ref _calls);
        Misbehave(nameof(WaitForRoomAsync));
    }

    public override ValueTask OnRunEndedAsync(ObservedRun run)
    {
        caller.Begin(nameof(OnRunEndedAsync));
        Interlocked.Increment(ref _ends);
        return Throws() ? throw new PlannedException(nameof(OnRunEndedAsync), 0) : default;
    }

    /// <summary>The run is over: it has heard of each accepted item, and hears of the end once. Of a run that was canceled that may come later: its bodies were not waited for, either.</summary>
    public async Task CheckEndAsync()
    {
        await Waiting.UntilAsync(() => Volatile.Read(ref _ends) > 0);
        if (_starts != 1 || _ends != 1)
            violated($"An observer was told of {_starts} starts and {_ends} ends.");
        if (interests.HasFlag(ObserverInterests.Acceptance | ObserverInterests.Ends) && _accepted != _ended.Count)
            violated($"An observer was told of {_accepted} accepted items, and of the ends of {_ended.Count}.");
    }

    private Note Enter(long sequence, ref object? state, string callback, ObserverInterests interest, bool mayBegin)
    {
        caller.Begin(callback);
        Interlocked.Increment(ref _calls);
        coverage.See($"Observer.{callback}");
        if (!interests.HasFlag(interest))
            violated($"{callback} was called of an observer that asks for {interests}.");
        var note = (Note?)(state ??= new Note());
        if (Interlocked.Exchange(ref note!.IsInUse, 1) != 0)
            violated($"{callback}: two calls at once for item {sequence}.");
        if (note.Sequence == sequence)
        {
            if (note.HasEnded)
                violated($"{callback}: item {sequence} had ended.");
            return note;
        }

        if (!mayBegin)
            violated($"{callback}: item {sequence} was not accepted before.");
        (note.Sequence, note.AcceptedAt, note.HasEnded, note.IsCalled) = (sequence, null, false, false);
        return note;
    }

    private void Exit(Note note)
    {
        Volatile.Write(ref note.IsInUse, 0);
        Misbehave("callback");
    }

    private void CheckTimes(in ItemObservation item, Note note)
    {
        ItemTimes times = item.Times;
        if (new[] { times.Queue, times.Limit, times.Retry, times.Poll, times.Store, times.Reader, times.Run }.Min() < TimeSpan.Zero)
            violated($"{item.ToString()}: {times}");
        if (note.AcceptedAt is not { } acceptedAt)
            return;
        TimeSpan elapsed = item.Run.TimeOf(item.ClockTimestamp) - item.Run.TimeOf(acceptedAt);
        // Each of the parts is cut to whole ticks.
        if ((elapsed - times.Total).Duration() > TimeSpan.FromTicks(8))
            violated($"{item.ToString()}: {times} add up to {times.Total}, and {elapsed} have passed.");
    }

    private void Misbehave(string callback)
    {
        if (Throws())
            throw new PlannedException(callback, 0);
    }

    private bool Throws() => plan.FaultPercent > 0 && Volatile.Read(ref _calls) % 97 == 13;

    private sealed class Note
    {
        public int IsInUse;

        public long Sequence { get; set; } = -1;

        public long? AcceptedAt { get; set; }

        public bool HasEnded { get; set; }

        public bool IsCalled { get; set; }
    }
}
