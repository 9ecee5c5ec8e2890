namespace AntFlow.Dataflow;

// Contexts that a test creates. They keep what was done once in memory, with the same code as in a run.
public sealed partial class StageContext
{
    private const string RunByHand = "by hand";

    /// <summary>Creates the context of a first attempt, to call a task without a pipeline. Set the properties that the task reads; the others have defaults.</summary>
    public StageContext()
        : this(new ItemRecord(), new OnceKeeper(RunByHand, journal: null))
    {
    }

    private StageContext(ItemRecord record, IOnceKeeper onces)
    {
        _byHand = new AttemptByHand(record);
        _onces = onces;
        ItemId = "item";
        Stage = "Stage";
        Attempt = 1;
        Metadata = Item.NoMetadata;
    }

    /// <summary>Ends this attempt and creates the context of the next attempt of the same item in the same stage. What was done once is remembered, as after a retry in a run. This context must
    /// not be used afterwards.</summary>
    /// <param name="cancellationToken">The token of the next attempt. Default: none.</param>
    /// <returns>The context.</returns>
    /// <exception cref="InvalidOperationException">The context belongs to a run, which makes its attempts itself; or its attempt has ended already.</exception>
    public StageContext NextAttempt(CancellationToken cancellationToken = default)
    {
        if (_byHand is null)
            throw new InvalidOperationException($"The context of item '{ItemId}' in stage '{Stage}' belongs to a run, which makes the next attempt itself. Call NextAttempt only on contexts that you have created.");
        if (!_byHand.TryEnd(out ItemRecord left))
            throw new InvalidOperationException($"Attempt {Attempt} of item '{ItemId}' in stage '{Stage}' has ended already; use the context of the newest attempt.");
        return new StageContext(left, _onces) { ItemId = ItemId, Stage = Stage, Worker = Worker, Attempt = Attempt + 1, Metadata = Metadata, TimeProvider = TimeProvider, CancellationToken = cancellationToken };
    }
}
