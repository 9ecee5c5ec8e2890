using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>The options of a stage in the form the engine reads: copied, with defaults filled in, and without the types of the stage.</summary>
internal sealed record StageSettings
{
    // The longest time to which a timer can be set.
    private static readonly TimeSpan _longest = TimeSpan.FromMilliseconds(uint.MaxValue - 2);

    public required int Workers { get; init; }

    /// <summary>-1 for no bound.</summary>
    public required int QueueCapacity { get; init; }

    public required RetryPolicy Retry { get; init; }

    public required RetryScope RetryScope { get; init; }

    public TimeSpan? AttemptTimeout { get; init; }

    public TimeSpan? ItemTimeout { get; init; }

    public int? MaxInFlight { get; init; }

    public TaskScheduler? Scheduler { get; init; }

    public string? Version { get; init; }

    public bool IsStored { get; init; } = true;

    /// <summary>Returns the options that do not name the types of the stage.</summary>
    public static StageSettings Of<TIn>(StageOptions<TIn> options) => new()
    {
        Workers = options.Workers,
        QueueCapacity = options.QueueCapacity ?? DefaultCapacity(options.Workers),
        Retry = options.Retry,
        RetryScope = options.RetryScope,
        AttemptTimeout = options.AttemptTimeout,
        ItemTimeout = options.ItemTimeout,
        MaxInFlight = options.MaxInFlight,
        Scheduler = options.Scheduler,
        Version = options.Version,
        IsStored = options.IsStored,
        Set = options.Set,
    };

    /// <summary>Whether the pipeline has defaults for options that its stages do not set.</summary>
    public bool HasDefaults { get; init; }

    /// <summary>Which of these options the stage has set itself.</summary>
    public StageSetting Set { get; init; }

    /// <summary>Returns the settings, with the defaults for the options that the stage has not set itself.</summary>
    public StageSettings With(StageDefaults defaults) => this with
    {
        HasDefaults = true,
        Retry = Takes(StageSetting.Retry) ? defaults.Retry : Retry,
        RetryScope = Takes(StageSetting.RetryScope) ? defaults.RetryScope : RetryScope,
        AttemptTimeout = Takes(StageSetting.AttemptTimeout) ? defaults.AttemptTimeout : AttemptTimeout,
        ItemTimeout = Takes(StageSetting.ItemTimeout) ? defaults.ItemTimeout : ItemTimeout,
        Scheduler = Takes(StageSetting.Scheduler) ? defaults.Scheduler : Scheduler,
    };

    /// <summary>Returns the faults, one phrase each: what was found, what is allowed, what to do.</summary>
    public IEnumerable<string> FindFaults()
    {
        if (Workers < 1)
            yield return Text($"Workers is {Workers}; it must be at least 1. Set it with workers: or StageOptions.Workers.");
        if (Workers > WorkerCount.Most)
            yield return Text($"Workers is {Workers}; it must be at most {WorkerCount.MostText}. {WorkerCount.Advice}, with workers: or StageOptions.Workers.");
        if (QueueCapacity is < 1 and not StageOptions.Unbounded)
            yield return Text($"QueueCapacity is {QueueCapacity}; it must be at least 1, or StageOptions.Unbounded. Set it with StageOptions.QueueCapacity.");
        if (MaxInFlight < Workers)
            yield return Text($"MaxInFlight is {MaxInFlight}; it must be at least Workers, which is {Workers}. Set it with StageOptions.MaxInFlight, or leave it null to follow Workers.");
        if (!Enum.IsDefined(RetryScope))
            yield return Text($"RetryScope is {RetryScope}; it must be Task or Stage. Set it with {OptionName(StageSetting.RetryScope)}.");
        if (AttemptTimeout is { } attempt && (attempt <= TimeSpan.Zero || attempt > _longest))
            yield return Text($"AttemptTimeout is {attempt}; it must be above zero and at most 49 days. Set it with {OptionName(StageSetting.AttemptTimeout)}, or leave it null for no limit.");
        if (ItemTimeout is { } item && (item <= TimeSpan.Zero || item > _longest))
            yield return Text($"ItemTimeout is {item}; it must be above zero and at most 49 days. Set it with {OptionName(StageSetting.ItemTimeout)}, or leave it null for no limit.");
        if (Retry is null)
        {
            yield return $"Retry is null; it must be a policy. Set {OptionName(StageSetting.Retry)} to RetryPolicy.None for no further attempts.";
            yield break;
        }

        foreach (string fault in Retry.FindFaults())
            yield return $"{fault}. Set it with {OptionName(StageSetting.Retry)}.";
    }

    /// <summary>Returns the name under which a value is set.</summary>
    private string OptionName(StageSetting setting) => $"{(HasDefaults && Takes(setting) ? nameof(StageDefaults) : nameof(StageOptions))}.{setting}";

    private bool Takes(StageSetting setting) => (Set & setting) == StageSetting.None;

    /// <summary>Returns ten items per worker, limited to the range of <see cref="int"/>.</summary>
    private static int DefaultCapacity(int workers) => (int)Math.Clamp(workers * 10L, 1, int.MaxValue);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
