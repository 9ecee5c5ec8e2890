namespace AntFlow.Dataflow;

/// <summary>What has left a run before its end, and so canceled it.</summary>
internal enum RunLeaver
{
    None,

    /// <summary>The owner: the run was disposed.</summary>
    Owner,

    /// <summary>The reader of the results of a stream.</summary>
    Reader,
}
