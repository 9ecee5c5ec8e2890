namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Configures the checkpoints of a pipeline. Copied when it is given to the builder; <c>Build()</c> throws a <see cref="PipelineConfigurationException"/> that lists all invalid values.</summary>
public sealed class CheckpointOptions
{
    /// <summary>Gets or sets how many items of a stage may be <c>Saving</c> at the same time. At this limit, a worker that has finished an item waits before it passes the result to the store;
    /// it holds no permit while it waits. Default: 1,024. At least 1.</summary>
    public int MaxSaving { get; set; } = 1_024;

    /// <summary>Gets or sets the approximate memory, in bytes, for the values of a run that are being saved, for all its stages together; with <see cref="PersistInput"/> the input counts as
    /// well. A value counts three times the size of its stored bytes: once for the bytes, and twice for the object, which stays in memory. A worker whose value does not fit waits, in order
    /// of arrival, and holds no permit and no place while it waits; a feed call waits as well. A value that counts more than the limit is saved alone: it waits until nothing else is being
    /// saved, and other values wait for it. Values that are durable wait in the queue of the next stage. That queue is full, whatever its <see cref="StageOptions{TIn}.QueueCapacity"/>,
    /// when it holds more values than the stage has workers and their size reaches half of this limit; an unbounded queue stays unbounded.
    /// Default: 67,108,864 (64 MB), so that 21 values of 1 MB are saved at once. At least 1.</summary>
    public long MaxSavingBytes { get; set; } = 64L << 20;

    /// <summary>Gets or sets at how many crashes of the process an item may be the only suspect before it is Failed, so that one item cannot crash the process forever. Default: 3. At least 1.</summary>
    /// <remarks>
    /// <para>A suspect is an item that was running at a crash and has not passed its stage since. After each crash, at most half as many suspects run together as before; the others are
    /// held (<see cref="StageSnapshot.Quarantined"/>). Other items are never held. An item that crashes the process is therefore soon the only suspect that runs, and only crashes at
    /// that point count here: of n items that ran together, it is Failed after at most log2(n) + <see cref="MaxCrashes"/> crashes. Each stage counts anew.</para>
    /// <para>The cause of a crash is not known. If the process is killed from outside repeatedly while the same item is the only suspect, that item is Failed as well.
    /// <see cref="CheckpointInspector.RetryAsync"/> brings it back.</para>
    /// </remarks>
    public int MaxCrashes { get; set; } = 3;

    /// <summary>Gets or sets whether the input of items is stored as well: a feed call returns once its items are durable, and a resumed run restores its unfinished items itself.
    /// Default: false; you feed unfinished items again.</summary>
    public bool PersistInput { get; set; }

    /// <summary>Gets or sets whether items that failed before the run was resumed are tried again, from the stage they failed in and with all attempts. Default: false; they stay failed.</summary>
    public bool ResumeFailed { get; set; }

    /// <summary>Gets or sets what happens to a stored run whose pipeline has changed. Default: <see cref="PipelineChangeHandling.Refuse"/>.</summary>
    public PipelineChangeHandling PipelineChangeHandling { get; set; }

    /// <summary>Gets or sets what <c>OnceAsync</c> without a <c>find</c> does about a call that was begun and whose answer is unknown. Default: <see cref="UncertainAnswerHandling.RunAgain"/>.</summary>
    public UncertainAnswerHandling UncertainAnswerHandling { get; set; }

    /// <summary>Gets or sets for how long the library retries a store that fails. After that the run stops gently, and items that could not be saved are Failed with a
    /// <see cref="CheckpointException"/>. Default: 5 minutes. Not negative.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Finds the invalid values: one sentence for each.</summary>
    internal IReadOnlyList<string> FindFaults()
    {
        OptionFaults faults = new OptionFaults(nameof(CheckpointOptions))
            .AtLeast(nameof(MaxSaving), MaxSaving, 1)
            .AtLeast(nameof(MaxSavingBytes), MaxSavingBytes, 1L)
            .AtLeast(nameof(MaxCrashes), MaxCrashes, 1)
            .Defined<PipelineChangeHandling>(nameof(PipelineChangeHandling), PipelineChangeHandling)
            .Defined<UncertainAnswerHandling>(nameof(UncertainAnswerHandling), UncertainAnswerHandling)
            .AtLeast(nameof(GiveUpAfter), GiveUpAfter, TimeSpan.Zero);
        return faults.Found;
    }

    internal CheckpointOptions Copy() => (CheckpointOptions)MemberwiseClone();
}
