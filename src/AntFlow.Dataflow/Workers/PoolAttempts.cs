namespace AntFlow.Dataflow;

/// <summary>The attempts of a pool's workers to which contexts and timers may still refer, and how many of them are past their time.</summary>
/// <remarks>The lock of <see cref="PoolState"/> guards it: a context or timer of an attempt that has ended finds that out in the section in which it acts.</remarks>
internal sealed class PoolAttempts(PoolState state)
{
    private int _overdue;

    /// <summary>Returns how many attempts are past their time and have not ended.</summary>
    public int Overdue(in LockScope held) => _overdue;

    /// <summary>Notes that an attempt is past its time. Ignored if the attempt has ended.</summary>
    public void MarkOverdue(Worker worker, long epoch)
    {
        using (LockScope held = state.Enter(out _))
        {
            if (worker.AttemptVersion != epoch || worker.IsOverdue)
                return;
            worker.IsOverdue = true;
            _overdue++;
        }
    }

    /// <summary>Ends an attempt to which a context or timer may refer: both are invalid from here on.</summary>
    public void Invalidate(Worker worker)
    {
        using (LockScope held = state.Enter(out _))
            Invalidate(worker, held);
    }

    public void Invalidate(Worker worker, in LockScope held)
    {
        worker.AttemptVersion++;
        worker.TaskStatus = null;
        if (worker.IsOverdue)
            _overdue--;
        worker.IsOverdue = false;
    }
}
