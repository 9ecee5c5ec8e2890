namespace AntFlow.Dataflow;

/// <summary>A named pool of workers that process items of type <typeparamref name="TIn"/> and return values of type <typeparamref name="TOut"/>.</summary>
/// <typeparam name="TIn">The type of the items that the stage takes.</typeparam>
/// <typeparam name="TOut">The type of the values that the stage returns.</typeparam>
public sealed class Stage<TIn, TOut> : Stage
{
    private readonly Func<TIn, bool>? _skipIf;
    private readonly Func<TIn, TOut>? _skipTo;
    private readonly Func<TIn, ItemId>? _serialBy;
    private readonly Func<ItemSucceeded<TIn, TOut>, CancellationToken, ValueTask>? _onSuccess;
    private readonly Func<ItemFailed<TIn>, CancellationToken, ValueTask>? _onFailure;

    private Stage(string name, StageOptions<TIn, TOut> options, StageSettings settings, IReadOnlyList<StageTask> tasks, IReadOnlyList<string> faults, StageForm form)
        : base(name, settings, tasks, faults, form)
    {
        _skipIf = options.SkipIf;
        _skipTo = options.SkipTo;
        _serialBy = options.SerialBy;
        _onSuccess = options.OnSuccess;
        _onFailure = options.OnFailure;
    }

    internal override bool HasSkipIf => _skipIf is not null;

    internal override bool HasSerialBy => _serialBy is not null;

    internal override bool HasOnSuccess => _onSuccess is not null;

    internal override bool HasOnFailure => _onFailure is not null;

    internal override Type InputType => typeof(TIn);

    internal override Type OutputType => typeof(TOut);

    internal static Stage<TIn, TOut> OfTask(string name, TaskForm<TIn, TOut> form, int? workers, Action<StageOptions<TIn, TOut>>? configure) =>
        Make(name, [Task(name, form)], new StageOptions<TIn, TOut>(), workers, configure, _ => StageForm.Tasks);

    internal static Stage<TIn, TOut> OfTasks(
        string name, Func<StageTasks<TIn, TIn>, StageTasks<TIn, TOut>> tasks, int? workers, Action<StageOptions<TIn, TOut>>? configure)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        return Make(name, tasks(new StageTasks<TIn, TIn>([]))?.Tasks ?? [], new StageOptions<TIn, TOut>(), workers, configure, _ => StageForm.Tasks);
    }

    /// <summary>Creates a stage whose task returns something other than what the stage passes on: its exit reads that.</summary>
    internal static Stage<TIn, TOut> OfForm<TAnswer>(string name, TaskForm<TIn, TAnswer> form, int? workers, Action<StageOptions<TIn, TOut>>? configure, Func<StageOptions<TIn, TOut>, StageForm> shape) =>
        Make(name, [Task(name, form)], new StageOptions<TIn, TOut>(), workers, configure, shape);

    internal static Stage<TIn, TOut> OfPoll(string name, TaskForm<TIn, Poll<TOut>> form, TimeSpan every, int? workers, Action<PollOptions<TIn, TOut>>? configure) =>
        Make(name, [Task(name, PollForm.Of(form))], new PollOptions<TIn, TOut>(), workers, configure, options => StageForm.OfPoll(new PollSchedule(every, options.First, options.Jitter), new PollExit<TOut>()));

    private static StageTask Task<TAnswer>(string name, TaskForm<TIn, TAnswer> form) => new StageTask<TIn, TAnswer>(form.MethodName ?? name, form, maxConcurrency: null);

    /// <summary>Creates a stage. <paramref name="configure"/> is called immediately, after <paramref name="workers"/> is applied, and overrides it.</summary>
    private static Stage<TIn, TOut> Make<TOptions>(string name, IReadOnlyList<StageTask> tasks, TOptions options, int? workers, Action<TOptions>? configure, Func<TOptions, StageForm> shape)
        where TOptions : StageOptions<TIn, TOut>
    {
        if (workers is { } count)
            options.Workers = count;
        configure?.Invoke(options);
        StageForm form = shape(options);
        StageSettings settings = form.Fill(StageSettings.Of(options));
        return new Stage<TIn, TOut>(name, options, settings, tasks, [.. FindFaults(options), .. FindFaults(tasks), .. form.Faults], form);
    }

    internal override TResult Accept<TResult>(IStageVisitor<TResult> visitor) => visitor.Visit(this);

    internal override bool TrySkip(Item item, ref string function)
    {
        function = nameof(StageOptions<,>.SkipIf);
        TIn input = item.Input.Get<TIn>();
        if (!_skipIf!(input))
            return false;
        function = nameof(StageOptions<,>.SkipTo);
        item.Value.Set(_skipTo is null ? (TOut)(object?)input! : _skipTo(input));
        return true;
    }

    internal override ItemId GetSerialKey(Item item) => _serialBy!(item.Input.Get<TIn>());

    internal override ValueTask NotifySuccessAsync(Item item, Worker worker, TimeSpan elapsed, CancellationToken cancellationToken) =>
        _onSuccess!(new ItemSucceeded<TIn, TOut>
        {
            ItemId = item.Id,
            Input = item.Input.Get<TIn>(),
            Value = item.Value.Get<TOut>(),
            Stage = Name,
            Worker = worker.Name,
            Attempts = item.Visit.Attempt,
            Elapsed = elapsed,
            Metadata = item.MetadataOrEmpty,
        }, cancellationToken);

    internal override ValueTask NotifyFailureAsync(Item item, Worker worker, Exception error, TimeSpan elapsed, CancellationToken cancellationToken) =>
        _onFailure!(new ItemFailed<TIn>
        {
            ItemId = item.Id,
            Input = item.Input.Get<TIn>(),
            Error = error,
            Stage = Name,
            Worker = worker.Name,
            Attempts = item.Visit.Attempt,
            Elapsed = elapsed,
            Metadata = item.MetadataOrEmpty,
        }, cancellationToken);

    internal override object? BoxInput(Item item) => item.Input.Get<TIn>();

    private static IEnumerable<string> FindFaults(StageOptions<TIn, TOut> options)
    {
        if (options.SkipIf is not null && options.SkipTo is null && !typeof(TOut).IsAssignableFrom(typeof(TIn)))
            yield return $"SkipIf is set, and a skipped {TypeNames.Of(typeof(TIn))} cannot go on as a {TypeNames.Of(typeof(TOut))}. Set StageOptions.SkipTo.";
        if (options.SkipTo is not null && options.SkipIf is null)
            yield return "SkipTo is set, but SkipIf is not, so nothing is ever skipped. Set StageOptions.SkipIf, too.";
    }

    private static IEnumerable<string> FindFaults(IReadOnlyList<StageTask> tasks)
    {
        if (tasks.Count == 0)
            yield return "it has no tasks; it must have at least one. Add it with t.Task(...).";
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (StageTask task in tasks)
        {
            if (string.IsNullOrWhiteSpace(task.Name))
                yield return "a task has an empty name. Give every task a name.";
            else if (!names.Add(task.Name))
                yield return $"two tasks are named '{task.Name}'; names of tasks must differ.";
            if (!task.HasBody)
                yield return $"task '{task.Name}' is null; it must be a function.";
            if (task.MaxConcurrency < 1)
                yield return $"maxConcurrency of task '{task.Name}' is {task.MaxConcurrency}; it must be at least 1, or null for no limit.";
            if (UserTask.IsTask(task.OutputType))
                yield return $"task '{task.Name}' has the output type {TypeNames.Of(task.OutputType)}, which would never be awaited; return the value, or a Task of it.";
        }
    }
}
