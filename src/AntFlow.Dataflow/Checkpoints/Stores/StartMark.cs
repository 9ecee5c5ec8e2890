namespace AntFlow.Dataflow.Checkpoints;

/// <summary>An attempt that had started and not ended when its process ended.</summary>
/// <param name="Epoch">The epoch of the owner that started it.</param>
/// <param name="StageIndex">The index of the stage.</param>
/// <param name="Id">The id of the item, in the form of <see cref="StoredItem.Id"/>.</param>
public readonly record struct StartMark(long Epoch, int StageIndex, string Id)
{
    /// <summary>The greatest length of an id, in bytes of UTF-8: 480.</summary>
    public const int MaxIdBytes = 480;
}
