namespace AntFlow.Dataflow;

/// <summary>What a stage does beyond running its tasks.</summary>
internal sealed record StageForm
{
    private const int MostPolled = 10_000;

    private StageForm()
    {
    }

    /// <summary>A stage that passes on what its last task returns.</summary>
    public static StageForm Tasks { get; } = new();

    public StageKind Kind { get; private init; }

    /// <summary>Decides what becomes of an item whose last task has returned; null if it is passed on with what that task has returned.</summary>
    public StageExit? Exit { get; private init; }

    /// <summary>When the stage looks; null if it does not poll.</summary>
    public PollSchedule? Poll { get; private init; }

    /// <summary>What its links are called, in their order; empty if there is one link.</summary>
    public IReadOnlyList<string> Links { get; private init; } = [];

    /// <summary>The faults of the form, one phrase each.</summary>
    public IEnumerable<string> Faults { get; private init; } = [];

    public static StageForm OfWhere(string stage) => new() { Kind = StageKind.Where, Exit = new FilterExit(stage) };

    public static StageForm OfSwitch(IReadOnlyList<string> links, IEnumerable<string> faults) => new() { Kind = StageKind.Switch, Exit = new SwitchExit(), Links = links, Faults = faults };

    public static StageForm OfPoll(PollSchedule poll, StageExit exit) => new() { Kind = StageKind.Poll, Exit = exit, Poll = poll, Faults = poll.FindFaults() };

    /// <summary>Returns the settings with the defaults of the form. Items that wait for a look hold a place each, and no worker.</summary>
    public StageSettings Fill(StageSettings settings) =>
        Poll is null || settings.MaxInFlight is not null ? settings : settings with { MaxInFlight = Math.Max(MostPolled, settings.Workers) };
}
