namespace AntFlow.Dataflow;

/// <summary>Decides what becomes of an item whose last task has returned a value. A stage without one passes the item on with that value.</summary>
/// <remarks>Runs on the worker's loop, holds no lock, and calls no user code: what the user decides is decided in the task.</remarks>
internal abstract class StageExit
{
    /// <summary>Reads the value, and replaces it with the one the item continues with.</summary>
    public abstract Outcome Read(Item item);
}

/// <summary>Passes an item on with its input if the task has returned true; otherwise the item ends.</summary>
internal sealed class FilterExit(string stage) : StageExit
{
    // One for all items: there may be millions of them, and it says nothing about a single one.
    private readonly Outcome _filtered = Outcome.Filtered(new ItemFilteredException(stage));

    public override Outcome Read(Item item)
    {
        bool passes = item.Value.Get<bool>();
        item.Value = item.Input;
        return passes ? Outcome.Succeeded : _filtered;
    }
}

/// <summary>Passes an item on with its input, over the link whose number the task has returned.</summary>
internal sealed class SwitchExit : StageExit
{
    public override Outcome Read(Item item)
    {
        item.Visit.Link = item.Value.Get<int>();
        item.Value = item.Input;
        return Outcome.Succeeded;
    }
}

/// <summary>Passes an item on with the value of a final answer; otherwise the item waits for the next look.</summary>
internal sealed class PollExit<T> : StageExit
{
    public override Outcome Read(Item item)
    {
        switch (item.Value.Get<PollAnswer>())
        {
            case PollDone<T> done:
                item.Value.Clear();
                item.Value.Set(done.Value);
                return Outcome.Succeeded;
            case PollFailed failed:
                item.Value = item.Input;
                return Outcome.FailedFinally(failed.Error);
            case var again:
                item.Value = item.Input;
                return ((PollAgain)again).Outcome;
        }
    }
}
