using System.Globalization;
using AntFlow.Dataflow.TestKit;

namespace AntFlow.Dataflow.Tests.Stress.Onces;

/// <summary>What the answer is in a run: the type the program has then.</summary>
internal enum AnswerType
{
    Plain,

    /// <summary>The same members under another name of the type.</summary>
    Renamed,

    /// <summary>One member more, which is optional.</summary>
    Noted,

    /// <summary>One member more, which is required.</summary>
    Owned,

    /// <summary>One member less.</summary>
    Short,
}

/// <summary>How a run ends.</summary>
internal enum RunEnd
{
    Completed,
    Killed,
    Canceled,
}

/// <summary>What a task does about what it does once.</summary>
internal enum OnceDeed
{
    Await,

    /// <summary>It goes on without waiting, and fails.</summary>
    LeaveBehind,

    /// <summary>It calls it within itself.</summary>
    Nest,

    /// <summary>It wraps what the call throws, so that the attempt is tried again.</summary>
    Wrap,

    /// <summary>It forgets what was done, whatever came of it.</summary>
    Forget,

    /// <summary>It has the answer and fails with something else.</summary>
    FailLater,
}

/// <summary>What the body does.</summary>
internal enum BodyDeed
{
    Return,

    /// <summary>It takes longer than its attempt may, and does not look at its token.</summary>
    ReturnLate,
    ReturnLarge,

    /// <summary>What it returns cannot be stored.</summary>
    ReturnUnstorable,

    /// <summary>It creates nothing and fails.</summary>
    Throw,

    /// <summary>It creates something and fails.</summary>
    LoseTheAnswer,
}

/// <summary>A run of the program.</summary>
internal sealed record OnceRun(AnswerType Type, RunEnd End, int EndAfter, int DamagePercent, int StoreFaultPercent);

/// <summary>Several runs of a program that creates something once for each of its items, drawn from a seed.</summary>
internal sealed record OncePlan
{
    public required int Seed { get; init; }

    public required int Items { get; init; }

    public required int Attempts { get; init; }

    public required int? AttemptTimeoutMs { get; init; }

    public required bool HasFind { get; init; }

    public required UncertainAnswerHandling UncertainAnswerHandling { get; init; }

    public required int FaultPercent { get; init; }

    public required IReadOnlyList<OnceRun> Runs { get; init; }

    public static OncePlan Draw(int seed)
    {
        Dice dice = Dice.Of(seed, 41);
        int items = dice.Between(1, 6);
        bool changes = dice.OneIn(2);
        AnswerType first = dice.Pick(Enum.GetValues<AnswerType>());
        OnceRun DrawRun(bool isLast) => new(
            changes ? dice.Pick(Enum.GetValues<AnswerType>()) : first,
            isLast ? RunEnd.Completed : dice.Pick(RunEnd.Killed, RunEnd.Killed, RunEnd.Killed, RunEnd.Canceled, RunEnd.Completed),
            dice.Between(0, items * 3),
            dice.Pick(0, 0, 30),
            isLast ? 0 : dice.Pick(0, 0, 20));
        return new OncePlan
        {
            Seed = seed,
            Items = items,
            Attempts = dice.Between(1, 4),
            AttemptTimeoutMs = dice.OneIn(2) ? dice.Between(2, 10) : null,
            HasFind = dice.OneIn(3),
            UncertainAnswerHandling = dice.Pick(UncertainAnswerHandling.RunAgain, UncertainAnswerHandling.RunAgain, UncertainAnswerHandling.Fail),
            FaultPercent = dice.Pick(10, 40, 70),
            Runs = [.. Enumerable.Range(0, dice.Between(1, 5)).Select(_ => DrawRun(isLast: false)), DrawRun(isLast: true)],
        };
    }

    /// <summary>Whether a program of one type reads answers a program of another one has stored.</summary>
    public static bool CanRead(AnswerType now, AnswerType stored) =>
        now == stored || (stored is AnswerType.Plain or AnswerType.Renamed && now is AnswerType.Plain or AnswerType.Renamed or AnswerType.Noted);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"once {Seed}: {Items} items, {Attempts} attempts, AttemptTimeout {AttemptTimeoutMs}, find {HasFind}, {UncertainAnswerHandling}, {FaultPercent}% faults\n  {string.Join("\n  ", Runs)}");
}
