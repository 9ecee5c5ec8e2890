namespace AntFlow.Dataflow.Checkpoints;

/// <summary>An attempt that had started and not ended when its process died.</summary>
/// <param name="Epoch">The epoch of the owner who started it.</param>
/// <param name="StageIndex">The index of the stage.</param>
/// <param name="Id">The id of the item, as <see cref="StoredItem.Id"/>.</param>
public readonly record struct StartMark(long Epoch, int StageIndex, string Id)
{
    /// <summary>How long an id may be, in bytes of UTF-8: 480.</summary>
    public const int MaxIdBytes = 480;
}
