namespace AntFlow.Dataflow;

/// <summary>What a stage does with its items beyond running its tasks.</summary>
internal enum StageKind
{
    /// <summary>It passes each item on with the value that its last task returned.</summary>
    Tasks,

    /// <summary>It passes on the items for which its predicate returns true; the others end.</summary>
    Where,

    /// <summary>It passes each item on over the link of its key.</summary>
    Switch,

    /// <summary>It looks again and again, until the answer is there.</summary>
    Poll,
}
