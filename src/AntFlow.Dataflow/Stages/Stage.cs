using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>A named pool of workers and the tasks they run for each item. Immutable; you can use one stage in any number of pipelines.</summary>
/// <remarks>Made by <c>Stage.Create</c>, <c>CreateWithContext</c> and <c>CreateWithTasks</c>, or implicitly by <see cref="PipelineBuilder"/>. Invalid settings are reported by <c>Build()</c>.</remarks>
public abstract partial class Stage
{
    private protected Stage(string name, StageSettings settings, IReadOnlyList<StageTask> tasks, IReadOnlyList<string> faults, StageForm form)
    {
        Name = name;
        Form = form;
        Settings = settings;
        Tasks = tasks;
        Faults = faults;
        int? capacity = settings.QueueCapacity == StageOptions.Unbounded ? null : settings.QueueCapacity;
        // Between its tasks an item may hold something external: a job, a lock, a rented machine.
        Places = new PlaceRule(settings.MaxInFlight, Beside: tasks.Count > 1 ? 0 : capacity);
    }

    /// <summary>The name of the stage, unique in its pipeline.</summary>
    public string Name { get; }

    /// <summary>The number of workers the stage starts with.</summary>
    public int Workers => Settings.Workers;

    /// <summary>What the stage does beyond running its tasks.</summary>
    internal StageForm Form { get; }

    /// <summary>Decides what becomes of an item whose last task has returned; null if the item is passed on with what that task has returned.</summary>
    internal StageExit? Exit => Form.Exit;

    /// <summary>When the stage looks; null if it does not poll.</summary>
    internal PollSchedule? Poll => Form.Poll;

    internal StageSettings Settings { get; }

    internal IReadOnlyList<StageTask> Tasks { get; }

    /// <summary>How many items workers may hold or wait for their next attempt.</summary>
    internal PlaceRule Places { get; }

    /// <summary>The faults of the stage other than those of its settings, one phrase each.</summary>
    internal IReadOnlyList<string> Faults { get; }

    /// <summary>Returns settings that are valid but probably not intended, one phrase each: what was found, what follows from it, what to do.</summary>
    /// <param name="settings">The settings of the stage in its pipeline.</param>
    internal IEnumerable<string> FindDoubts(StageSettings settings) => FindDoubts().Concat(Poll is not null && settings.ItemTimeout is null
        ? ["it polls and its ItemTimeout is not set: an item whose answer never comes is looked at forever. Set StageOptions.ItemTimeout"]
        : []);

    private IEnumerable<string> FindDoubts() => Tasks.Where(task => task.MaxConcurrency > Workers).Select(task => string.Create(
        CultureInfo.InvariantCulture,
        $"maxConcurrency of task '{task.Name}' is {task.MaxConcurrency}, above Workers, which is {Workers}: it has no effect until SetWorkers adds workers. Set it to less than Workers, or leave it out"));

    internal abstract bool HasSkipIf { get; }

    internal abstract bool HasSerialBy { get; }

    internal abstract bool HasOnSuccess { get; }

    internal abstract bool HasOnFailure { get; }

    internal abstract Type InputType { get; }

    internal abstract Type OutputType { get; }

    /// <summary>Makes a stage of several tasks, which one worker runs in sequence for an item.</summary>
    /// <param name="name">The name of the stage, unique in its pipeline.</param>
    /// <param name="tasks">Adds the tasks: <c>t => t.Task("fetch", FetchAsync, maxConcurrency: 2).Task("save", SaveAsync)</c>.</param>
    /// <param name="workers">How many workers the stage has, from 1 to 100,000. Default: 1.</param>
    /// <param name="configure">Sets the options of the stage; called before this method returns, after <paramref name="workers"/> is applied, so its values win. Default: nothing.</param>
    /// <typeparam name="TIn">The input type of the stage.</typeparam>
    /// <typeparam name="TOut">The output type of the stage.</typeparam>
    /// <returns>The stage.</returns>
    public static Stage<TIn, TOut> CreateWithTasks<TIn, TOut>(
        string name, Func<StageTasks<TIn, TIn>, StageTasks<TIn, TOut>> tasks, int? workers = null, Action<StageOptions<TIn, TOut>>? configure = null) =>
        Stage<TIn, TOut>.OfTasks(name, tasks, workers, configure);

    /// <summary>Returns the name, the number of workers, and the tasks unless they only repeat the name: <c>Enrich (50 workers: validate, fetch (max 2), save)</c>.</summary>
    /// <returns>A single line of text.</returns>
    public override string ToString()
    {
        string workers = string.Create(CultureInfo.InvariantCulture, $"{Name} ({Workers} {(Workers == 1 ? "worker" : "workers")}");
        bool areTasksKnown = Tasks is [var only] && only.MaxConcurrency is null && string.Equals(only.Name, Name, StringComparison.Ordinal);
        return areTasksKnown || Tasks.Count == 0 ? $"{workers})" : $"{workers}: {string.Join(", ", Tasks)})";
    }

    /// <summary>Passes the types of the stage to a visitor.</summary>
    internal abstract TResult Accept<TResult>(IStageVisitor<TResult> visitor);

    /// <summary>Calls the user's predicate, and sets the value with which a skipped item continues. User code: may throw.</summary>
    /// <param name="item">The item.</param>
    /// <param name="function">The function that was called last; if this method throws, it is the one that threw.</param>
    internal abstract bool TrySkip(Item item, ref string function);

    /// <summary>Returns the key of an item. User code: may throw.</summary>
    internal abstract ItemId GetSerialKey(Item item);

    internal abstract ValueTask NotifySuccessAsync(Item item, Worker worker, TimeSpan elapsed, CancellationToken cancellationToken);

    internal abstract ValueTask NotifyFailureAsync(Item item, Worker worker, Exception error, TimeSpan elapsed, CancellationToken cancellationToken);

    /// <summary>Returns the input of the stage, for a result.</summary>
    internal abstract object? BoxInput(Item item);
}
