namespace AntFlow.Dataflow;

// The methods that feed items.
public sealed partial class PipelineRun<TIn, TOut>
{
    /// <summary>Feeds items to the first stage. Waits while the queue of the stage is full.</summary>
    /// <param name="items">The items to feed.</param>
    /// <param name="priority">The priority of the items; a lower number goes first. Default: <see cref="ItemPriority.Normal"/>. The priority of a work item overrides it.</param>
    /// <param name="cancellationToken">Ends the feeding. Items that were accepted stay in the run.</param>
    /// <returns>The number of accepted items: all of them except those that are ignored because another item has their id (<see cref="DuplicateHandling.Ignore"/>).</returns>
    /// <exception cref="PipelineClosedException">The run was completed, stopped or canceled. The exception reports how many items were accepted, and how many were taken from the sequence but not
    /// accepted.</exception>
    /// <exception cref="FeedCanceledException">The token was canceled. The exception reports how many items were accepted, and how many were taken from the sequence but not accepted.</exception>
    /// <remarks>An exception of <paramref name="items"/> is rethrown; the items before it stay accepted. A collection is enumerated on the thread of the caller until the call first waits; other
    /// sequences are enumerated on the thread pool. The call ends when the run ends, and enumerates no further then. It waits for an element that is just being produced, for at most
    /// <see cref="RunOptions.AbandonAfter"/>.</remarks>
    public Task<long> FeedAsync(IEnumerable<TIn> items, int? priority = null, CancellationToken cancellationToken = default) =>
        Input<TIn>.Of(items).FeedAsync(First, priority, cancellationToken);

    /// <inheritdoc cref="FeedAsync(IEnumerable{TIn}, int?, CancellationToken)"/>
    public Task<long> FeedAsync(IEnumerable<WorkItem<TIn>> items, int? priority = null, CancellationToken cancellationToken = default) =>
        Input<TIn>.Of(items).FeedAsync(First, priority, cancellationToken);

    /// <inheritdoc cref="FeedAsync(IEnumerable{TIn}, int?, CancellationToken)"/>
    public Task<long> FeedAsync(IAsyncEnumerable<TIn> items, int? priority = null, CancellationToken cancellationToken = default) =>
        Input<TIn>.Of(items).FeedAsync(First, priority, cancellationToken);

    /// <inheritdoc cref="FeedAsync(IEnumerable{TIn}, int?, CancellationToken)"/>
    public Task<long> FeedAsync(IAsyncEnumerable<WorkItem<TIn>> items, int? priority = null, CancellationToken cancellationToken = default) =>
        Input<TIn>.Of(items).FeedAsync(First, priority, cancellationToken);

    /// <summary>Feeds items to a stage of the pipeline and bypasses the stages before it. Waits while the queue of the stage is full.</summary>
    /// <param name="stage">The stage: the same object that the pipeline was built from.</param>
    /// <param name="items">The items to feed.</param>
    /// <param name="priority">The priority of the items; a lower number goes first. Default: <see cref="ItemPriority.Normal"/>. The priority of a work item overrides it.</param>
    /// <param name="cancellationToken">Ends the feeding. Items that were accepted stay in the run.</param>
    /// <typeparam name="TStageIn">The type of the items that the stage takes.</typeparam>
    /// <typeparam name="TStageOut">The type of the values that the stage returns.</typeparam>
    /// <returns>The number of accepted items: all of them except those that are ignored because another item has their id (<see cref="DuplicateHandling.Ignore"/>).</returns>
    /// <exception cref="ArgumentException">The stage is not part of this pipeline.</exception>
    /// <exception cref="PipelineClosedException">The run was completed, stopped or canceled. The exception reports how many items were accepted.</exception>
    /// <exception cref="FeedCanceledException">The token was canceled. The exception reports how many items were accepted.</exception>
    public Task<long> FeedAsync<TStageIn, TStageOut>(
        Stage<TStageIn, TStageOut> stage, IEnumerable<TStageIn> items, int? priority = null, CancellationToken cancellationToken = default) =>
        Input<TStageIn>.Of(items).FeedAsync(FeederOf(stage), priority, cancellationToken);

    /// <inheritdoc cref="FeedAsync{TStageIn, TStageOut}(Stage{TStageIn, TStageOut}, IEnumerable{TStageIn}, int?, CancellationToken)"/>
    public Task<long> FeedAsync<TStageIn, TStageOut>(
        Stage<TStageIn, TStageOut> stage, IEnumerable<WorkItem<TStageIn>> items, int? priority = null, CancellationToken cancellationToken = default) =>
        Input<TStageIn>.Of(items).FeedAsync(FeederOf(stage), priority, cancellationToken);

    /// <inheritdoc cref="FeedAsync{TStageIn, TStageOut}(Stage{TStageIn, TStageOut}, IEnumerable{TStageIn}, int?, CancellationToken)"/>
    public Task<long> FeedAsync<TStageIn, TStageOut>(
        Stage<TStageIn, TStageOut> stage, IAsyncEnumerable<TStageIn> items, int? priority = null, CancellationToken cancellationToken = default) =>
        Input<TStageIn>.Of(items).FeedAsync(FeederOf(stage), priority, cancellationToken);

    /// <inheritdoc cref="FeedAsync{TStageIn, TStageOut}(Stage{TStageIn, TStageOut}, IEnumerable{TStageIn}, int?, CancellationToken)"/>
    public Task<long> FeedAsync<TStageIn, TStageOut>(
        Stage<TStageIn, TStageOut> stage, IAsyncEnumerable<WorkItem<TStageIn>> items, int? priority = null, CancellationToken cancellationToken = default) =>
        Input<TStageIn>.Of(items).FeedAsync(FeederOf(stage), priority, cancellationToken);

    /// <summary>Feeds items to a stage, given by its name, and bypasses the stages before it. Waits while the queue of the stage is full.</summary>
    /// <param name="stage">The name of the stage.</param>
    /// <param name="items">The items to feed.</param>
    /// <param name="priority">The priority of the items; a lower number goes first. Default: <see cref="ItemPriority.Normal"/>. The priority of a work item overrides it.</param>
    /// <param name="cancellationToken">Ends the feeding. Items that were accepted stay in the run.</param>
    /// <typeparam name="T">The type of the items that the stage takes.</typeparam>
    /// <returns>The number of accepted items: all of them except those that are ignored because another item has their id (<see cref="DuplicateHandling.Ignore"/>).</returns>
    /// <exception cref="ArgumentException">The pipeline has no stage of that name, or the stage takes another type.</exception>
    /// <exception cref="PipelineClosedException">The run was completed, stopped or canceled. The exception reports how many items were accepted.</exception>
    /// <exception cref="FeedCanceledException">The token was canceled. The exception reports how many items were accepted.</exception>
    public Task<long> FeedAsync<T>(string stage, IEnumerable<T> items, int? priority = null, CancellationToken cancellationToken = default) =>
        Input<T>.Of(items).FeedAsync(FeederOf<T>(stage), priority, cancellationToken);

    /// <inheritdoc cref="FeedAsync{T}(string, IEnumerable{T}, int?, CancellationToken)"/>
    public Task<long> FeedAsync<T>(string stage, IEnumerable<WorkItem<T>> items, int? priority = null, CancellationToken cancellationToken = default) =>
        Input<T>.Of(items).FeedAsync(FeederOf<T>(stage), priority, cancellationToken);

    /// <inheritdoc cref="FeedAsync{T}(string, IEnumerable{T}, int?, CancellationToken)"/>
    public Task<long> FeedAsync<T>(string stage, IAsyncEnumerable<T> items, int? priority = null, CancellationToken cancellationToken = default) =>
        Input<T>.Of(items).FeedAsync(FeederOf<T>(stage), priority, cancellationToken);

    /// <inheritdoc cref="FeedAsync{T}(string, IEnumerable{T}, int?, CancellationToken)"/>
    public Task<long> FeedAsync<T>(string stage, IAsyncEnumerable<WorkItem<T>> items, int? priority = null, CancellationToken cancellationToken = default) =>
        Input<T>.Of(items).FeedAsync(FeederOf<T>(stage), priority, cancellationToken);

    /// <summary>Feeds one item to the first stage. Waits while the queue of the stage is full.</summary>
    /// <remarks>With <see cref="DuplicateHandling.Ignore"/>, the call waits while another call is feeding an item of the same id. If that call is canceled before its item is accepted, this item is
    /// accepted instead. With <see cref="CheckpointOptions.PersistInput"/> the call returns once the item is durable. If the item is ignored, the call returns once the item that has the id is
    /// durable.</remarks>
    /// <param name="item">The item to feed.</param>
    /// <param name="priority">The priority of the item; a lower number goes first. Default: <see cref="ItemPriority.Normal"/>.</param>
    /// <param name="cancellationToken">Ends the waiting. The item is accepted before the call waits for room, and stays in the run.</param>
    /// <returns>A task that completes when there is room. Its value is false if the item was ignored because another item has its id (<see cref="DuplicateHandling.Ignore"/>), else true. It is also true
    /// for an item that the run has resumed by itself after a restart, or whose result it returns again.</returns>
    /// <exception cref="PipelineClosedException">The run was completed, stopped or canceled.</exception>
    /// <exception cref="FeedCanceledException">The token was canceled. The exception reports whether the item was accepted.</exception>
    public Task<bool> FeedOneAsync(TIn item, int? priority = null, CancellationToken cancellationToken = default) =>
        First.FeedOneAsync(FeedItem<TIn>.OfValue(item), priority, cancellationToken);

    /// <inheritdoc cref="FeedOneAsync(TIn, int?, CancellationToken)"/>
    public Task<bool> FeedOneAsync(WorkItem<TIn> item, int? priority = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(item);
        return First.FeedOneAsync(FeedItem<TIn>.OfWorkItem(item), priority, cancellationToken);
    }

    /// <summary>Feeds one item to a stage of the pipeline and bypasses the stages before it. Waits while the queue of the stage is full. See
    /// <see cref="FeedOneAsync(TIn, int?, CancellationToken)"/>.</summary>
    /// <remarks>There is no overload that takes the name of a stage, because a string could be the item.</remarks>
    /// <param name="stage">The stage: the same object that the pipeline was built from.</param>
    /// <param name="item">The item to feed.</param>
    /// <param name="priority">The priority of the item; a lower number goes first. Default: <see cref="ItemPriority.Normal"/>.</param>
    /// <param name="cancellationToken">Ends the waiting. The item is accepted before the call waits for room, and stays in the run.</param>
    /// <typeparam name="TStageIn">The type of the items that the stage takes.</typeparam>
    /// <typeparam name="TStageOut">The type of the values that the stage returns.</typeparam>
    /// <returns>A task that completes when there is room. Its value is false if the item was ignored because another item has its id (<see cref="DuplicateHandling.Ignore"/>), else true.</returns>
    /// <exception cref="ArgumentException">The stage is not part of this pipeline.</exception>
    /// <exception cref="PipelineClosedException">The run was completed, stopped or canceled.</exception>
    /// <exception cref="FeedCanceledException">The token was canceled. The exception reports whether the item was accepted.</exception>
    public Task<bool> FeedOneAsync<TStageIn, TStageOut>(
        Stage<TStageIn, TStageOut> stage, TStageIn item, int? priority = null, CancellationToken cancellationToken = default) =>
        FeederOf(stage).FeedOneAsync(FeedItem<TStageIn>.OfValue(item), priority, cancellationToken);

    /// <inheritdoc cref="FeedOneAsync{TStageIn, TStageOut}(Stage{TStageIn, TStageOut}, TStageIn, int?, CancellationToken)"/>
    public Task<bool> FeedOneAsync<TStageIn, TStageOut>(
        Stage<TStageIn, TStageOut> stage, WorkItem<TStageIn> item, int? priority = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(item);
        return FeederOf(stage).FeedOneAsync(FeedItem<TStageIn>.OfWorkItem(item), priority, cancellationToken);
    }

    /// <summary>Feeds one item to the first stage if there is room for it now. Never waits.</summary>
    /// <param name="item">The item to feed.</param>
    /// <param name="priority">The priority of the item; a lower number goes first. Default: <see cref="ItemPriority.Normal"/>.</param>
    /// <returns>True if the item was accepted; false if the queue is full or the run takes no more items. Also true for an item that is ignored because another item has its id
    /// (<see cref="DuplicateHandling.Ignore"/>), because feeding it again has no effect.</returns>
    /// <exception cref="InvalidOperationException">The run persists its input (<see cref="CheckpointOptions.PersistInput"/>), and this method cannot wait for the write. Use
    /// <c>FeedOneAsync</c>.</exception>
    public bool TryFeedOne(TIn item, int? priority = null) => First.TryFeedOne(FeedItem<TIn>.OfValue(item), priority);

    /// <inheritdoc cref="TryFeedOne(TIn, int?)"/>
    public bool TryFeedOne(WorkItem<TIn> item, int? priority = null)
    {
        ArgumentNullException.ThrowIfNull(item);
        return First.TryFeedOne(FeedItem<TIn>.OfWorkItem(item), priority);
    }

    /// <summary>Feeds one item to a stage of the pipeline if there is room for it now, and bypasses the stages before it. Never waits.</summary>
    /// <param name="stage">The stage: the same object that the pipeline was built from.</param>
    /// <param name="item">The item to feed.</param>
    /// <param name="priority">The priority of the item; a lower number goes first. Default: <see cref="ItemPriority.Normal"/>.</param>
    /// <typeparam name="TStageIn">The type of the items that the stage takes.</typeparam>
    /// <typeparam name="TStageOut">The type of the values that the stage returns.</typeparam>
    /// <returns>True if the item was accepted; false if the queue is full or the run takes no more items. Also true for an item that is ignored because another item has its id
    /// (<see cref="DuplicateHandling.Ignore"/>), because feeding it again has no effect.</returns>
    /// <exception cref="ArgumentException">The stage is not part of this pipeline.</exception>
    /// <exception cref="InvalidOperationException">The run persists its input (<see cref="CheckpointOptions.PersistInput"/>), and this method cannot wait for the write. Use
    /// <c>FeedOneAsync</c>.</exception>
    public bool TryFeedOne<TStageIn, TStageOut>(Stage<TStageIn, TStageOut> stage, TStageIn item, int? priority = null) =>
        FeederOf(stage).TryFeedOne(FeedItem<TStageIn>.OfValue(item), priority);

    /// <inheritdoc cref="TryFeedOne{TStageIn, TStageOut}(Stage{TStageIn, TStageOut}, TStageIn, int?)"/>
    public bool TryFeedOne<TStageIn, TStageOut>(Stage<TStageIn, TStageOut> stage, WorkItem<TStageIn> item, int? priority = null)
    {
        ArgumentNullException.ThrowIfNull(item);
        return FeederOf(stage).TryFeedOne(FeedItem<TStageIn>.OfWorkItem(item), priority);
    }

    private Feeder<TStageIn, TOut> FeederOf<TStageIn, TStageOut>(Stage<TStageIn, TStageOut> stage)
    {
        ArgumentNullException.ThrowIfNull(stage);
        StageBlock block = Array.Find(_core.Blocks, block => block.Stage.Definition == stage)
            ?? throw new ArgumentException($"Stage '{stage.Name}' is not part of this pipeline. Its stages are {Names()}.", nameof(stage));
        return FeederOf<TStageIn>(block);
    }

    private Feeder<T, TOut> FeederOf<T>(string stage)
    {
        StageBlock block = BlockOf(stage);
        if (block.Stage.Definition.InputType != typeof(T))
            throw new ArgumentException($"Stage '{stage}' takes {block.Stage.Definition.InputType.Name}, not {typeof(T).Name}.", nameof(stage));
        return FeederOf<T>(block);
    }

    // IdentifyBy applies to the items of the first stage only.
    private Feeder<T, TOut> FeederOf<T>(StageBlock block)
    {
        if (block == _core.First)
            return (Feeder<T, TOut>)(object)First;
        // One per stage: it keeps the unused envelope of a call that was refused for the next call.
        ref object? feeder = ref _feeders[block.Stage.Index];
        return (Feeder<T, TOut>)(Volatile.Read(ref feeder) ?? Add(ref feeder, new Feeder<T, TOut>(_core, block, identify: null)));

        static object Add(ref object? feeder, object made) => Interlocked.CompareExchange(ref feeder, made, null) ?? made;
    }
}
