namespace AntFlow.Dataflow.Shapes;

/// <summary>The options of a stage that polls (<c>ThenPoll</c>). They are copied when the stage is made. <c>Build()</c> reports all invalid values at once.</summary>
/// <remarks>Set <see cref="StageOptions{TIn}.ItemTimeout"/>: without it, an item whose answer never comes is looked at forever, and each start of a run logs a warning. It counts from the moment
/// at which a worker first takes the item; over restarts of a run with checkpoints, from the moment at which the result of the stage before was stored. <see cref="StageOptions{TIn}.MaxInFlight"/>
/// is 10,000 by default, or the number of workers if that is higher. An item that waits for a look holds one of these places, and no worker.</remarks>
/// <typeparam name="TIn">The input type of the stage.</typeparam>
/// <typeparam name="TOut">The output type of the stage.</typeparam>
public sealed class PollOptions<TIn, TOut> : StageOptions<TIn, TOut>
{
    internal PollOptions()
    {
    }

    /// <summary>How long an item waits before its first look. Default: null, as long as between two looks. From zero to 49 days; zero looks at once.</summary>
    public TimeSpan? First { get; set; }

    /// <summary>By which share of itself the time between two looks is varied at random in both directions, so that items that arrive together are not looked at together. Default: 0.1, which is
    /// 27 to 33 seconds for 30. From 0 to 1. The delay of <see cref="Poll.After"/> is not varied.</summary>
    public double Jitter { get; set; } = 0.1;
}
