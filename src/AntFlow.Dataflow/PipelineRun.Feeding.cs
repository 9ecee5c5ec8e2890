namespace AntFlow.Dataflow;

// How items come in.
public sealed partial class PipelineRun<TIn, TOut>
{
    /// <summary>Feeds items to the first stage, and waits while its queue is full.</summary>
    /// <param name="items">What to feed.</param>
    /// <param name="priority">The lower one goes first. Default: <see cref="ItemPriority.Normal"/>. A work item's own priority wins.</param>
    /// <param name="cancellationToken">Ends the feeding; what was accepted stays in the run.</param>
    /// <returns>How many items were accepted: all of them, but those that are ignored because another one has their id (<see cref="OnDuplicate.Ignore"/>).</returns>
    /// <exception cref="PipelineClosedException">The run was completed, stopped or canceled; tells how many were accepted, and how many were taken and not placed.</exception>
    /// <exception cref="FeedCanceledException">The token was canceled; tells how many were accepted, and how many were taken and not placed.</exception>
    /// <remarks>What <paramref name="items"/> throws is thrown on; the items before stay accepted. Collections are taken on the thread of the caller, until the call first waits, other
    /// sequences on the pool. The call ends with its run, and takes nothing more then: an element that is just being given is waited for, no longer than
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

    /// <summary>Feeds items to a stage of the pipeline, past the stages before it, and waits while its queue is full.</summary>
    /// <param name="stage">The stage: the very object the pipeline was built of.</param>
    /// <param name="items">What to feed.</param>
    /// <param name="priority">The lower one goes first. Default: <see cref="ItemPriority.Normal"/>. A work item's own priority wins.</param>
    /// <param name="cancellationToken">Ends the feeding; what was accepted stays in the run.</param>
    /// <typeparam name="TStageIn">What the stage gets.</typeparam>
    /// <typeparam name="TStageOut">What the stage makes.</typeparam>
    /// <returns>How many items were accepted: all of them, but those that are ignored because another one has their id (<see cref="OnDuplicate.Ignore"/>).</returns>
    /// <exception cref="ArgumentException">The stage is not part of this pipeline.</exception>
    /// <exception cref="PipelineClosedException">The run was completed, stopped or canceled; tells how many were accepted.</exception>
    /// <exception cref="FeedCanceledException">The token was canceled; tells how many were accepted.</exception>
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

    /// <summary>Feeds items to a stage by its name, past the stages before it, and waits while its queue is full.</summary>
    /// <param name="stage">The name of the stage.</param>
    /// <param name="items">What to feed.</param>
    /// <param name="priority">The lower one goes first. Default: <see cref="ItemPriority.Normal"/>. A work item's own priority wins.</param>
    /// <param name="cancellationToken">Ends the feeding; what was accepted stays in the run.</param>
    /// <typeparam name="T">What the stage gets.</typeparam>
    /// <returns>How many items were accepted: all of them, but those that are ignored because another one has their id (<see cref="OnDuplicate.Ignore"/>).</returns>
    /// <exception cref="ArgumentException">There is no stage of that name, or it gets another type.</exception>
    /// <exception cref="PipelineClosedException">The run was completed, stopped or canceled; tells how many were accepted.</exception>
    /// <exception cref="FeedCanceledException">The token was canceled; tells how many were accepted.</exception>
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

    /// <summary>Feeds one item to the first stage, and waits while its queue is full.</summary>
    /// <remarks>With <see cref="OnDuplicate.Ignore"/>, a call whose id another call is about to feed waits until that one has: it takes its place if that one was canceled before. With
    /// <see cref="CheckpointOptions.PersistInput"/> the call returns once the item is durable, also where it is ignored: then the one that has the id is.</remarks>
    /// <param name="item">What to feed.</param>
    /// <param name="priority">The lower one goes first. Default: <see cref="ItemPriority.Normal"/>.</param>
    /// <param name="cancellationToken">Ends the waiting; the item was accepted before it began to wait, and stays in the run.</param>
    /// <returns>The wait for room, and whether there is an item: false if it was ignored because another one has its id (<see cref="OnDuplicate.Ignore"/>). True also for one that the run
    /// has brought back by itself, or gives the result of once more, after a restart.</returns>
    /// <exception cref="PipelineClosedException">The run was completed, stopped or canceled.</exception>
    /// <exception cref="FeedCanceledException">The token was canceled; tells whether the item was accepted.</exception>
    public Task<bool> FeedOneAsync(TIn item, int? priority = null, CancellationToken cancellationToken = default) =>
        First.FeedOneAsync(FeedItem<TIn>.OfValue(item), priority, cancellationToken);

    /// <inheritdoc cref="FeedOneAsync(TIn, int?, CancellationToken)"/>
    public Task<bool> FeedOneAsync(WorkItem<TIn> item, int? priority = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(item);
        return First.FeedOneAsync(FeedItem<TIn>.OfWorkItem(item), priority, cancellationToken);
    }

    /// <summary>Feeds one item to a stage of the pipeline, past the stages before it, and waits while its queue is full. See <see cref="FeedOneAsync(TIn, int?, CancellationToken)"/>.</summary>
    /// <remarks>There is none by the name of a stage: a text would be taken for an item.</remarks>
    /// <param name="stage">The stage: the very object the pipeline was built of.</param>
    /// <param name="item">What to feed.</param>
    /// <param name="priority">The lower one goes first. Default: <see cref="ItemPriority.Normal"/>.</param>
    /// <param name="cancellationToken">Ends the waiting; the item was accepted before it began to wait, and stays in the run.</param>
    /// <typeparam name="TStageIn">What the stage gets.</typeparam>
    /// <typeparam name="TStageOut">What the stage makes.</typeparam>
    /// <returns>The wait for room, and whether there is an item: false if it was ignored because another one has its id (<see cref="OnDuplicate.Ignore"/>).</returns>
    /// <exception cref="ArgumentException">The stage is not part of this pipeline.</exception>
    /// <exception cref="PipelineClosedException">The run was completed, stopped or canceled.</exception>
    /// <exception cref="FeedCanceledException">The token was canceled; tells whether the item was accepted.</exception>
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

    /// <summary>Feeds one item to the first stage if there is room for it now.</summary>
    /// <param name="item">What to feed.</param>
    /// <param name="priority">The lower one goes first. Default: <see cref="ItemPriority.Normal"/>.</param>
    /// <returns>Whether it was taken; false if the queue is full, or the run takes nothing more. True also for an item that is ignored because another one has its id
    /// (<see cref="OnDuplicate.Ignore"/>): there is nothing to try again.</returns>
    /// <exception cref="InvalidOperationException">The run persists its input (<see cref="CheckpointOptions.PersistInput"/>), which cannot be waited for here; use <c>FeedOneAsync</c>.</exception>
    public bool TryFeedOne(TIn item, int? priority = null) => First.TryFeedOne(FeedItem<TIn>.OfValue(item), priority);

    /// <inheritdoc cref="TryFeedOne(TIn, int?)"/>
    public bool TryFeedOne(WorkItem<TIn> item, int? priority = null)
    {
        ArgumentNullException.ThrowIfNull(item);
        return First.TryFeedOne(FeedItem<TIn>.OfWorkItem(item), priority);
    }

    /// <summary>Feeds one item to a stage of the pipeline, past the stages before it, if there is room for it now.</summary>
    /// <param name="stage">The stage: the very object the pipeline was built of.</param>
    /// <param name="item">What to feed.</param>
    /// <param name="priority">The lower one goes first. Default: <see cref="ItemPriority.Normal"/>.</param>
    /// <typeparam name="TStageIn">What the stage gets.</typeparam>
    /// <typeparam name="TStageOut">What the stage makes.</typeparam>
    /// <returns>Whether it was taken; false if the queue is full, or the run takes nothing more. True also for an item that is ignored because another one has its id
    /// (<see cref="OnDuplicate.Ignore"/>): there is nothing to try again.</returns>
    /// <exception cref="ArgumentException">The stage is not part of this pipeline.</exception>
    /// <exception cref="InvalidOperationException">The run persists its input (<see cref="CheckpointOptions.PersistInput"/>), which cannot be waited for here; use <c>FeedOneAsync</c>.</exception>
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
        StageBlock block = Array.Find(_core.Blocks, block => block.Node.Definition == stage)
            ?? throw new ArgumentException($"Stage '{stage.Name}' is not part of this pipeline. Its stages are {Names()}.", nameof(stage));
        return FeederOf<TStageIn>(block);
    }

    private Feeder<T, TOut> FeederOf<T>(string stage)
    {
        StageBlock block = BlockOf(stage);
        if (block.Node.Definition.InputType != typeof(T))
            throw new ArgumentException($"Stage '{stage}' takes {block.Node.Definition.InputType.Name}, not {typeof(T).Name}.", nameof(stage));
        return FeederOf<T>(block);
    }

    // Ids of the first stage's items are the business of IdentifyBy.
    private Feeder<T, TOut> FeederOf<T>(StageBlock block)
    {
        if (block == _core.First)
            return (Feeder<T, TOut>)(object)First;
        // One a stage: it keeps the envelope of a call that took none for the next one.
        ref object? feeder = ref _feeders[block.Node.Index];
        return (Feeder<T, TOut>)(Volatile.Read(ref feeder) ?? Add(ref feeder, new Feeder<T, TOut>(_core, block, identify: null)));

        static object Add(ref object? feeder, object made) => Interlocked.CompareExchange(ref feeder, made, null) ?? made;
    }
}
