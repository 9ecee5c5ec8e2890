namespace AntFlow.Dataflow;

/// <summary>Who has left a run that goes on, and by that canceled it.</summary>
internal enum RunLeaver
{
    None,

    /// <summary>Whoever had started it: the run was disposed.</summary>
    Owner,

    /// <summary>Whoever read the results of a stream.</summary>
    Reader,
}
