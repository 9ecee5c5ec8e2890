using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>The exception of an attempt that did not end in time: its token was canceled, and then the task threw. The exception of the task is the inner exception. An item of a stage that polls also ends with it if its time is over between two looks.</summary>
public sealed class AttemptTimeoutException : AntFlowException
{
    internal AttemptTimeoutException(ItemId itemId, string stage, string task, int attempt, TimeSpan timeout, bool isItemTimeout, Exception? inner)
        : base(Describe(stage, task, attempt, timeout, isItemTimeout), inner)
    {
        ItemId = itemId;
        Stage = stage;
        Task = task;
        Attempt = attempt;
        Timeout = timeout;
        IsItemTimeout = isItemTimeout;
    }

    /// <summary>The item.</summary>
    public ItemId ItemId { get; }

    /// <summary>The stage that the item was in; empty for a call of an executor.</summary>
    public string Stage { get; }

    /// <summary>The task that exceeded its time; empty for a call of an executor.</summary>
    public string Task { get; }

    /// <summary>The number of the attempt, from 1; 0 if the time was over while the item waited for a look (<c>ThenPoll</c>).</summary>
    public int Attempt { get; }

    /// <summary>The time limit.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>Whether the time limit was that of all attempts of the item in this stage (<c>ItemTimeout</c>), after which there are no retries.</summary>
    public bool IsItemTimeout { get; }

    private static string Describe(string stage, string task, int attempt, TimeSpan timeout, bool isItemTimeout)
    {
        if (stage.Length == 0)
            return string.Create(CultureInfo.InvariantCulture, $"The call did not end within its ItemTimeout of {timeout} (attempt {attempt}).");
        if (isItemTimeout && attempt == 0)
            return string.Create(CultureInfo.InvariantCulture, $"Stage '{stage}': the item did not end within its ItemTimeout of {timeout} (task '{task}', while it waited for the next look).");
        return isItemTimeout
            ? string.Create(CultureInfo.InvariantCulture, $"Stage '{stage}': the item did not end within its ItemTimeout of {timeout} (task '{task}', attempt {attempt}).")
            : string.Create(CultureInfo.InvariantCulture, $"Stage '{stage}': attempt {attempt} of task '{task}' did not end within its AttemptTimeout of {timeout}.");
    }
}
