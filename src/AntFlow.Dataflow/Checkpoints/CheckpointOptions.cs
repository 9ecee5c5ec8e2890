namespace AntFlow.Dataflow.Checkpoints;

/// <summary>How a pipeline uses its checkpoints. Copied when it is given to the builder; <c>Build()</c> throws a <see cref="PipelineConfigurationException"/> that tells all wrong values.</summary>
public sealed class CheckpointOptions
{
    /// <summary>How many items of a stage may be on their way to the store. While there are so many, a worker that is done with an item waits with it; it keeps no permit meanwhile. Default: 1,024. At least 1.</summary>
    public int MaxSaving { get; set; } = 1_024;

    /// <summary>About how many bytes of memory the values of a run may take that are on their way to the store, those of all its stages together; with <see cref="PersistInput"/> those of the
    /// input as well. A value counts three times: for its bytes as they are stored, and twice as much for the object they are of, which stays in memory. A worker with a value that does not
    /// fit waits with it, in the order they came, and keeps no permit and no place meanwhile; a feed call waits, too. A value that counts more than this is saved alone: it waits until
    /// nothing else is being saved, and others wait for it. Values that are durable wait in the queue of the next stage, which is full, whatever its
    /// <see cref="StageOptions{TIn}.QueueCapacity"/>, when it holds as many as take half of this, and more than it has workers; a queue that is unbounded stays so.
    /// Default: 67,108,864 (64 MB), so that 21 values of 1 MB are saved at once. At least 1.</summary>
    public long MaxSavingBytes { get; set; } = 64L << 20;

    /// <summary>At how many crashes of the process an item may be the only suspect before it is Failed: an item that crashes the process must not do it for ever. Default: 3. At least 1.</summary>
    /// <remarks>
    /// <para>A suspect is an item that was running at a crash and has not passed its stage since. After each crash at most half as many suspects run together as ran before; the others are
    /// held (<see cref="StageSnapshot.Held"/>), and items that are no suspects are never held. So an item that crashes the process is soon the only suspect that runs, and only crashes at
    /// which it was that count here: of n items that ran together, it is Failed after at most log2(n) + <see cref="MaxCrashes"/> crashes. Counted anew in every stage.</para>
    /// <para>The cause of a crash is not known. Where the process is killed from outside again and again while the same item is the only suspect, that item is Failed, too. <see cref="CheckpointInspector.RetryAsync"/> brings it back.</para>
    /// </remarks>
    public int MaxCrashes { get; set; } = 3;

    /// <summary>Whether the input of items is stored, too: a feed call returns once its items are durable, and a run that is started again brings the unfinished ones back by itself.
    /// Default: false; items that were not finished have to be fed again.</summary>
    public bool PersistInput { get; set; }

    /// <summary>Whether items that have failed in an earlier life are tried again, from the stage they failed in and with all attempts. Default: false; they stay failed.</summary>
    public bool ResumeFailed { get; set; }

    /// <summary>What to do with a run of a pipeline that has changed since. Default: <see cref="OnPipelineChange.Refuse"/>.</summary>
    public OnPipelineChange OnPipelineChange { get; set; }

    /// <summary>What <c>OnceAsync</c> does about something that was begun and whose answer is not known, where no <c>find</c> was given. Default: <see cref="OnUncertain.RunAgain"/>.</summary>
    public OnUncertain OnUncertain { get; set; }

    /// <summary>For how long a store that fails is tried again. Then the run stops gently, and items that could not be saved are Failed with a <see cref="CheckpointException"/>.
    /// Default: 5 minutes. Not negative.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>What is wrong, a sentence each.</summary>
    internal IReadOnlyList<string> FindFaults()
    {
        OptionFaults faults = new OptionFaults(nameof(CheckpointOptions))
            .AtLeast(nameof(MaxSaving), MaxSaving, 1)
            .AtLeast(nameof(MaxSavingBytes), MaxSavingBytes, 1L)
            .AtLeast(nameof(MaxCrashes), MaxCrashes, 1)
            .Defined<OnPipelineChange>(nameof(OnPipelineChange), OnPipelineChange)
            .Defined<OnUncertain>(nameof(OnUncertain), OnUncertain)
            .AtLeast(nameof(GiveUpAfter), GiveUpAfter, TimeSpan.Zero);
        return faults.Found;
    }

    internal CheckpointOptions Copy() => (CheckpointOptions)MemberwiseClone();
}
