namespace AntFlow.Dataflow.Shapes;

/// <summary>The branches of a switch (<c>ThenSwitch</c>), before the first one is added. Immutable.</summary>
/// <typeparam name="T">The type of the items.</typeparam>
/// <typeparam name="TKey">The type of the keys.</typeparam>
public sealed class Routes<T, TKey>
{
    internal Routes()
    {
    }

    /// <summary>Adds the branch of a key.</summary>
    /// <param name="key">The key. It may be null. <c>Build()</c> reports a key with two branches.</param>
    /// <param name="branch">Adds the stages of the branch. A branch without stages, <c>b => b</c>, passes its items on as they are. Called immediately.</param>
    /// <typeparam name="TNext">The type of the values that the branch passes on. All branches of a switch pass on the same type.</typeparam>
    /// <returns>The branches so far; this object does not change.</returns>
    public Routes<T, TKey, TNext> Case<TNext>(TKey key, Func<PipelineBuilder<T, T>, PipelineBuilder<T, TNext>> branch) => new Routes<T, TKey, TNext>([]).Case(key, branch);

    /// <summary>Adds the branch of several keys.</summary>
    /// <param name="keys">The keys, at least one.</param>
    /// <param name="branch">Adds the stages of the branch. Called immediately.</param>
    /// <typeparam name="TNext">The type of the values that the branch passes on.</typeparam>
    /// <returns>The branches so far; this object does not change.</returns>
    public Routes<T, TKey, TNext> Cases<TNext>(IEnumerable<TKey> keys, Func<PipelineBuilder<T, T>, PipelineBuilder<T, TNext>> branch) => new Routes<T, TKey, TNext>([]).Cases(keys, branch);

    /// <summary>Adds the branch of all keys without a case of their own.</summary>
    /// <param name="branch">Adds the stages of the branch. Called immediately.</param>
    /// <typeparam name="TNext">The type of the values that the branch passes on.</typeparam>
    /// <returns>The branches so far; this object does not change.</returns>
    public Routes<T, TKey, TNext> Default<TNext>(Func<PipelineBuilder<T, T>, PipelineBuilder<T, TNext>> branch) => new Routes<T, TKey, TNext>([]).Default(branch);
}

/// <summary>The branches of a switch (<c>ThenSwitch</c>) so far. Immutable.</summary>
/// <remarks>An item whose key has no case and for which there is no default fails with a <see cref="NoRouteException"/>, and is not retried.</remarks>
/// <typeparam name="T">The type of the items.</typeparam>
/// <typeparam name="TKey">The type of the keys.</typeparam>
/// <typeparam name="TNext">The type of the values that the branches pass on.</typeparam>
public sealed class Routes<T, TKey, TNext>
{
    internal Routes(IReadOnlyList<Route<TKey>> all)
    {
        All = all;
    }

    internal IReadOnlyList<Route<TKey>> All { get; }

    /// <summary>Adds the branch of a key.</summary>
    /// <param name="key">The key. It may be null. <c>Build()</c> reports a key with two branches.</param>
    /// <param name="branch">Adds the stages of the branch. A branch without stages, <c>b => b</c>, passes its items on as they are. Called immediately.</param>
    /// <returns>The branches so far; this object does not change.</returns>
    public Routes<T, TKey, TNext> Case(TKey key, Func<PipelineBuilder<T, T>, PipelineBuilder<T, TNext>> branch) => Add([key], branch);

    /// <summary>Adds the branch of several keys.</summary>
    /// <param name="keys">The keys, at least one.</param>
    /// <param name="branch">Adds the stages of the branch. Called immediately.</param>
    /// <returns>The branches so far; this object does not change.</returns>
    public Routes<T, TKey, TNext> Cases(IEnumerable<TKey> keys, Func<PipelineBuilder<T, T>, PipelineBuilder<T, TNext>> branch)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return Add([.. keys], branch);
    }

    /// <summary>Adds the branch of all keys without a case of their own. <c>Build()</c> reports a second default.</summary>
    /// <param name="branch">Adds the stages of the branch. Called immediately.</param>
    /// <returns>The branches so far; this object does not change.</returns>
    public Routes<T, TKey, TNext> Default(Func<PipelineBuilder<T, T>, PipelineBuilder<T, TNext>> branch) => Add(keys: null, branch);

    private Routes<T, TKey, TNext> Add(IReadOnlyList<TKey>? keys, Func<PipelineBuilder<T, T>, PipelineBuilder<T, TNext>> branch)
    {
        ArgumentNullException.ThrowIfNull(branch);
        PipelineBuilder<T, TNext>? built = branch(PipelineBuilder.Of<T>());
        return new Routes<T, TKey, TNext>([.. All, new Route<TKey>(keys, built?.Graph ?? StageGraph.Empty, built is null ? "its function returned null; it must return the builder with the stages" : built.FaultOfBranch)]);
    }
}
