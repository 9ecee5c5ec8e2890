namespace AntFlow.Dataflow.CrashTests.Job;

/// <summary>When the process dies.</summary>
internal static class Moments
{
    /// <summary>A body is running, and has not begun to do anything.</summary>
    public const string Body = "body";

    /// <summary>A body is running, inside what it does once, which the provider has not heard of yet.</summary>
    public const string OnceBefore = "once-before";

    /// <summary>A body is running, inside what it does once, which the provider has done and nobody knows the answer of.</summary>
    public const string OnceAfter = "once-after";

    /// <summary>The store was told to write, and has not begun.</summary>
    public const string BeforeCommit = "before-commit";

    /// <summary>The store is writing.</summary>
    public const string InCommit = "in-commit";

    /// <summary>The store has written and said so, and nobody has heard it.</summary>
    public const string AfterCommit = "after-commit";

    /// <summary>An item waits for its next attempt, and the store knows.</summary>
    public const string Backoff = "backoff";

    /// <summary>The run is being opened, the deaths of earlier lives are being counted, or stored items are being read.</summary>
    public const string Loading = "loading";

    /// <summary>OnSuccess was called and has not returned.</summary>
    public const string Telling = "telling";

    /// <summary>The poison was touched.</summary>
    public const string Poison = "poison";
}
