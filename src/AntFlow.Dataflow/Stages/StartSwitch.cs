namespace AntFlow.Dataflow;

/// <summary>Whether anything may start in a stage: not while the stage or the run is paused, unless the run is closing, which a pause does not prevent. Pure.</summary>
internal sealed class StartSwitch
{
    private bool _isStagePaused;

    public bool IsPaused => _isStagePaused || IsRunPaused;

    public bool IsRunPaused { get; private set; }

    /// <summary>The closing that has been applied to the stage.</summary>
    public Closing Closed { get; private set; }

    /// <summary>Sets one of two separate pauses, that of the run or that of the stage; either one is enough to pause.</summary>
    public void SetPaused(bool paused, bool ofRun)
    {
        if (ofRun)
            IsRunPaused = paused;
        else
            _isStagePaused = paused;
    }

    /// <summary>Notes that a closing is being applied. Returns false if it, or one that goes further, was applied already.</summary>
    public bool TryClose(Closing closing)
    {
        if (closing <= Closed)
            return false;
        Closed = closing;
        return true;
    }

    /// <summary>Returns whether anything may start, given how far the run is. Returns false for a closing that was announced but not yet applied here, because the front may hold
    /// items that must not start any more.</summary>
    public bool MayStart(Closing announced) => announced == Closed && (Closed != Closing.No || !IsPaused);
}
