using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow;

/// <summary>How items leave a stage: handed on, saved first, failed, or canceled.</summary>
/// <remarks>Runs on the worker's loop and holds no lock.</remarks>
internal sealed class StageExits(StageBlock block, RunState run, UserCode code)
{
    /// <summary>What turns a value into bytes, for those who ask what a worker does, or what has failed.</summary>
    public const string Serialize = "Serialize";

    private Stage Definition => block.Place.Definition;

    /// <summary>The item goes to the store first; what is to follow is for when that is done.</summary>
    public bool SaveStage(IItemSaver saver, Worker worker, Item item, bool isSkipped, out ValueTask next)
    {
        next = default;
        long begin = code.Begin(worker, Serialize);
        SavedStep? prepared = saver.Prepare(block, worker, item, isSkipped, out Exception? error);
        if (!code.TryEnd(worker, begin, error))
            return false;
        if (error is not null)
        {
            worker.Step = WorkStep.End;
            next = FailAsync(worker, item, saver.Unsavable(block, item, error), Serialize);
            return true;
        }

        // The item is ours again, and goes on with what the next run would find.
        prepared!.GiveTo(item);
        item.Record!.Saving = prepared;
        worker.Processed++;
        if (!isSkipped)
            block.CountPass(worker, item);
        if (block.TryGiveToStore(worker, item))
            return TrySave(saver, worker, item, out next);
        worker.Step = WorkStep.Saving;
        GiveBackPermit(worker);
        next = worker.Slip.WaitForAnswerAsync();
        return true;
    }

    /// <summary>The worker has waited, with an item it is done with, until it may be saved.</summary>
    public bool GoOnSaving(IItemSaver saver, Worker worker, Item item, out ValueTask next)
    {
        block.GiveToStore(worker, item);
        return TrySave(saver, worker, item, out next);
    }

    // The item counts as Saving by now, and its place is free: what holds the worker back are the bytes.
    private bool TrySave(IItemSaver saver, Worker worker, Item item, out ValueTask next)
    {
        if (saver.TryTakeRoom(block, item, worker.Slip))
            return Save(saver, worker, item, out next);
        worker.Step = WorkStep.SavingBytes;
        block.FreePlace(worker);
        next = worker.Slip.WaitForAnswerAsync();
        return true;
    }

    /// <summary>There is room for the bytes of the item: they are saved.</summary>
    public bool Save(IItemSaver saver, Worker worker, Item item, out ValueTask next)
    {
        next = default;
        saver.Save(block, item, out int mostWaiting);
        // The room it will need is not there yet: that is what holds the worker back then, not the item.
        if (block.Next.WaitForRoom(worker.Slip, mostWaiting) is not { } slip)
            return false;
        worker.Step = WorkStep.Room;
        block.FreePlace(worker);
        next = slip.WaitForAnswerAsync();
        return true;
    }

    /// <summary>The item has come back from the store.</summary>
    public ValueTask TellSaved(Worker worker, Item item)
    {
        worker.Step = WorkStep.End;
        return SucceedAsync(worker, item, item.Record!.Saving!.IsSkipped);
    }

    /// <summary>Tells of the success, and hands the item on.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SucceedAsync(Worker worker, Item item, bool isSkipped)
    {
        GiveBackPermit(worker);
        long begin = code.Begin(worker, "OnSuccess");
        Exception? thrown = null;
        try
        {
            await NotifySuccess(worker, item, begin).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            thrown = error;
        }

        if (!code.EndCallback(worker, begin, "OnSuccess", thrown))
            return;

        if (HandOn(worker, item, isSkipped) is { } slip)
            await WaitAsync(worker, slip).ConfigureAwait(false);
    }

    /// <summary>The item has failed for good.</summary>
    /// <param name="worker">Who has it.</param>
    /// <param name="item">The item.</param>
    /// <param name="error">Why.</param>
    /// <param name="function">The function beside the tasks that it failed in; null for a task.</param>
    public async ValueTask FailAsync(Worker worker, Item item, Exception error, string? function = null)
    {
        if (Definition.HasOnFailure)
        {
            GiveBackPermit(worker);
            long begin = code.Begin(worker, "OnFailure");
            Exception? thrown = null;
            try
            {
                await NotifyFailure(worker, item, error, begin).ConfigureAwait(false);
            }
            catch (Exception callbackError)
            {
                thrown = callbackError;
            }

            if (!code.EndCallback(worker, begin, "OnFailure", thrown))
                return;
        }

        worker.FailedItems++;
        if (run.Saver is { } saver)
        {
            await SaveFailureAsync(saver, worker, item, error, function).ConfigureAwait(false);
            return;
        }

        run.TellFailed(item, block.Place, worker, code.Now(worker), error, function);
        block.CountEnd(ResultStatus.Failed);
        End(worker);
        if (run.Conclude(item, new Conclusion(ResultStatus.Failed, block.Place, error, Function: function), worker.Slip))
            await WaitAsync(worker, worker.Slip).ConfigureAwait(false);
    }

    private ValueTask NotifySuccess(Worker worker, Item item, long begin)
    {
        UserCall user = UserCall.Begin(run.Caller);
        try
        {
            return Definition.NotifySuccessAsync(item, worker, code.ElapsedInStage(item, begin));
        }
        finally
        {
            user.End();
        }
    }

    private ValueTask NotifyFailure(Worker worker, Item item, Exception error, long begin)
    {
        UserCall user = UserCall.Begin(run.Caller);
        try
        {
            return Definition.NotifyFailureAsync(item, worker, error, code.ElapsedInStage(item, begin));
        }
        finally
        {
            user.End();
        }
    }

    private async ValueTask SaveFailureAsync(IItemSaver saver, Worker worker, Item item, Exception error, string? function)
    {
        if (!block.TryGiveToStore(worker, item))
        {
            GiveBackPermit(worker);
            await worker.Slip.WaitAsync().ConfigureAwait(false);
            worker.LastStamp = 0;
            block.GiveToStore(worker, item);
        }

        saver.SaveFailure(block, worker, item, error, function);
        if (run.WaitForReader(worker.Slip) is { } slip)
            await WaitAsync(worker, slip).ConfigureAwait(false);
    }

    /// <summary>Ends an item that was counted as canceled already.</summary>
    public void Cancel(Worker worker, Item item, Exception? cause)
    {
        string what = run.Closing == Closing.Canceled ? "canceled" : "stopped";
        var error = new OperationCanceledException($"The run was {what} while the item was in stage '{block.Name}'.", cause, run.Token);
        run.Tell(item, ItemStatus.Canceled, block.Place, worker, code.Now(worker), error);
        End(worker);
        run.Conclude(item, new Conclusion(ResultStatus.Canceled, block.Place, error));
    }

    /// <summary>Hands the item on to the next stage, or to the results.</summary>
    public WaitSlip? HandOn(Worker worker, Item item, bool isSkipped)
    {
        Handicap.Carry();
        bool owesPlace = true;
        if (item.IsSaved)
        {
            // Counted when it was given to the store, and its place with it: it may have got another one to tell of it.
            owesPlace = item.HoldsPlace;
            item.IsSaved = false;
            run.Saver!.SaveTold(block, item);
            item.Record!.Saving = null;
        }
        else
        {
            worker.Processed++;
            if (!isSkipped)
                block.CountPass(worker, item);
        }

        long stamp = code.Now(worker);
        run.Tell(item, isSkipped ? ItemStatus.Skipped : ItemStatus.Completed, block.Place, worker, stamp);
        WaitSlip? slip = block.Next.Arrive(worker, item, isSkipped, stamp);
        worker.OwesPlace = owesPlace;
        return slip;
    }

    /// <summary>The item leaves the worker's hands without being handed on.</summary>
    private static void End(Worker worker)
    {
        worker.Item = null;
        worker.OwesPlace = true;
    }

    // The task is over: another item may begin with it, whatever this one still waits for.
    private void GiveBackPermit(Worker worker)
    {
        if (worker.Permit is not null)
            block.GiveBackPermit(worker);
    }

    private async ValueTask WaitAsync(Worker worker, WaitSlip slip)
    {
        // The item has left: its place is free for another one, also while this worker cannot take it.
        block.FreePlace(worker);
        await slip.WaitAsync().ConfigureAwait(false);
        worker.LastStamp = 0;
    }
}
